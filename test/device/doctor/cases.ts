import { AtRefusal } from '../../../src/simulator/simulated-modem/refusal.ts';
import type { Surgery, surgery } from './surgery.ts';

export type Setup = Parameters<typeof surgery>[0];
type Answer = string[] | AtRefusal;

/** A modem that answers these commands so. */
export function answering(answers: Record<string, Answer>): Setup {
  const handlers = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (_: unknown, reply: { line(text: string): void }) => {
        if (answer instanceof AtRefusal) throw answer;
        for (const line of answer) reply.line(line);
      },
    ]),
  );
  return { behaviours: [{ handlers }] };
}

/** A fault, and what the doctor must say of it. */
export interface Case {
  readonly fault: string;
  readonly stage: string;
  readonly code: string;
  readonly mend: RegExp;
  readonly setup?: Setup;
  readonly sick?: (room: Surgery) => void;
}
