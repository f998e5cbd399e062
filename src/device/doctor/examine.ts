import { withDeadline } from '../../base/deadline.ts';
import { asError, codeOf } from '../../base/errors.ts';
import { type Patient, Room } from './room.ts';
import { Ailment, type Finding, Skipped, type Stage, type StageName } from './stage.ts';
import { stages } from './stages.ts';

/** No stage takes longer; the slowest is a modem that scans for its network. */
const STAGE_MS = 150_000;

/**
 * Walks from the Pi to the mail server, stage by stage, and tells each finding as soon as it is known. A stage
 * whose ground is missing is skipped; the others go on. Rejects only with the signal's reason.
 */
export async function examine(
  patient: Patient,
  tell: (finding: Finding) => void,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  await using room = new Room(patient);
  const findings: Finding[] = [];
  for (const stage of stages) {
    const finding = await look(stage, room, findings, signal);
    findings.push(finding);
    tell(finding);
  }
  return findings;
}

async function look(
  stage: Stage,
  room: Room,
  before: readonly Finding[],
  signal: AbortSignal,
): Promise<Finding> {
  const { name, title } = stage;
  const missing = stage.needs.find((need) => !passed(before, need));
  if (missing)
    return { stage: name, title, outcome: 'skipped', text: `not reached: "${missing}" comes first` };
  try {
    const wait = { what: title, ms: STAGE_MS, signal };
    const text = await withDeadline(room.patient.clock, wait, (over) => stage.check(room, over));
    return { stage: name, title, outcome: 'passed', text };
  } catch (error) {
    signal.throwIfAborted();
    return { stage: name, title, ...bad(error, stage) };
  }
}

function passed(findings: readonly Finding[], name: StageName): boolean {
  return findings.some(({ stage, outcome }) => stage === name && outcome === 'passed');
}

function bad(error: unknown, stage: Stage): Pick<Finding, 'outcome' | 'text' | 'code' | 'mend'> {
  const text = asError(error).message;
  if (error instanceof Skipped) return { outcome: 'skipped', text };
  const mend = error instanceof Ailment ? error.mend : stage.mend;
  return { outcome: 'failed', text, code: codeOf(error) ?? 'unknown', mend };
}
