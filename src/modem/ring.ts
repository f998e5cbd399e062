import { codeOf } from '../base/errors.ts';
import { redactNumber } from '../base/redact.ts';
import { type Settlable, settlable } from '../base/settlable.ts';
import { type ListedCall, listCalls, parseCall } from './call-list.ts';
import type { ModemContext } from './context.ts';
import { ModemError } from './errors.ts';
import type { RingOutcome } from './modem.ts';

export interface RingOptions {
  readonly number: string;
  /** How long the far side rings, milliseconds. */
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
}

/** Ends all calls, verified. */
type HangUp = () => Promise<void>;

/** How long a call may take until the far side rings. */
const SETUP_MS = 20_000;
/** The far side may hang up a fraction of a second after it began to ring, and that is a success. */
const POLL_MS = 250;
const ANSWERED = ['VOICE CALL: BEGIN', 'MO CONNECTED'];
/** A modem may list a call only some time after it took the number. */
const LISTED_WITHIN_MS = 3000;
const FINALS: Readonly<Record<string, RingOutcome>> = {
  busy: 'busy',
  'no-answer': 'no-answer',
  'no-carrier': 'refused',
  'no-dialtone': 'refused',
  error: 'refused',
  'cme-error': 'refused',
};

/** A call on its way: when the far side began to ring, and how it ended if a line said so. */
interface Attempt {
  readonly dialedAt: number;
  alertingAt: number | undefined;
  readonly told: Settlable<RingOutcome>;
}

/**
 * Calls, lets it ring for `ms` and hangs up; hangs up at once on busy, on answer and on the signal.
 * `rang`: the far side rang, whoever ended it; `no-answer`: it never rang within 20 s, or the network gave up.
 * Rejects with ModemError `bad-number` before anything is sent, `hang-up-failed` when the call may still be up.
 */
export async function ringOnce(
  context: ModemContext,
  { number, ms, signal }: RingOptions,
  hangUp: HangUp,
): Promise<RingOutcome> {
  // Nothing else may reach the command line: `;` would begin another command.
  if (!/^\+?[0-9*#]{3,20}$/.test(number)) {
    throw new ModemError('a number to call: expected 3 to 20 of 0-9, * and #, with or without a leading +', {
      code: 'bad-number',
    });
  }
  signal?.throwIfAborted();
  const { channel, clock } = context;
  const attempt: Attempt = {
    dialedAt: clock.monotonic(),
    alertingAt: undefined,
    told: settlable<RingOutcome>(),
  };
  const stop = channel.onUrc((line) => listen(attempt, line, clock.monotonic()));
  try {
    return (await dial(context, number, ms, signal)) ?? (await watch(context, attempt, ms, signal));
  } finally {
    stop();
    // Not with the caller's signal: a call that nobody ends costs money.
    await hangUp();
  }
}

async function dial(
  { channel }: ModemContext,
  number: string,
  ms: number,
  signal?: AbortSignal,
): Promise<RingOutcome | undefined> {
  const shown = `ATD${redactNumber(number)};`;
  try {
    // Some modems say OK only when the far side rings or answers.
    await channel.command(`ATD${number};`, { shown, timeout: SETUP_MS + ms, signal });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    const code = codeOf(error) ?? '';
    const outcome = code === 'timeout' ? 'no-answer' : FINALS[code];
    if (!outcome) throw error;
    return outcome;
  }
}

async function watch(
  context: ModemContext,
  attempt: Attempt,
  ms: number,
  signal?: AbortSignal,
): Promise<RingOutcome> {
  const { clock } = context;
  for (;;) {
    const outcome = judge(attempt, await listCalls(context, signal), clock.monotonic(), ms);
    if (outcome) return outcome;
    const over = new AbortController();
    const sleep = clock.sleep(POLL_MS, signal ? AbortSignal.any([signal, over.signal]) : over.signal);
    const told = await Promise.race([sleep, attempt.told.promise]).finally(() => over.abort());
    sleep.catch(() => {});
    if (told) return told;
  }
}

function judge(
  attempt: Attempt,
  calls: readonly ListedCall[] | undefined,
  now: number,
  ms: number,
): RingOutcome | undefined {
  const call = calls?.find(({ incoming, voice }) => !incoming && voice);
  const elapsed = now - attempt.dialedAt;
  if (call?.state === 'active') return 'answered';
  if (call?.state === 'alerting') attempt.alertingAt ??= now;
  if (attempt.alertingAt !== undefined) {
    return !call || now - attempt.alertingAt >= ms ? 'rang' : undefined;
  }
  // A modem that cannot list calls does not tell when the far side rings: the time counts from dialing.
  if (!calls) return elapsed >= ms ? 'no-answer' : undefined;
  if (!call && elapsed > LISTED_WITHIN_MS) return 'refused';
  return elapsed > SETUP_MS ? 'no-answer' : undefined;
}

/** `VOICE CALL: END` says nothing about the reason: a better line or an empty +CLCC follows it. */
function listen(attempt: Attempt, line: string, now: number): void {
  const call = line.startsWith('+CLCC:') ? parseCall(line) : undefined;
  const outgoing = call && !call.incoming ? call.state : undefined;
  if (line === 'MO RING' || outgoing === 'alerting') attempt.alertingAt ??= now;
  else if (line === 'BUSY') attempt.told.resolve('busy');
  else if (line === 'NO ANSWER') attempt.told.resolve('no-answer');
  else if (line === 'NO CARRIER') attempt.told.resolve(attempt.alertingAt === undefined ? 'refused' : 'rang');
  else if (outgoing === 'active' || ANSWERED.some((begin) => line.startsWith(begin))) {
    attempt.told.resolve('answered');
  }
}
