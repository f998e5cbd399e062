import type { Clock } from '../../base/clock.ts';
import { asError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { settlable } from '../../base/settlable.ts';
import type { DataPhase } from '../data-phase.ts';

/** How a data phase is left. */
export type Escape = 'plus' | 'dtr';

export interface LeaveOptions {
  readonly phase: DataPhase;
  readonly how: Escape;
  readonly clock: Clock;
  readonly log: Log;
  /** Fires when nothing more must be sent: the carrier or the line is lost. */
  readonly over: AbortSignal;
}

/** S12 is 50 fiftieths of a second by default (V.250 6.2.12 names no escape; Hayes does); some margin for its clock. */
const GUARD_MS = 1100;
const ESCAPE_TRIES = 3;
/** After the second pause the modem answers; that pause is within this wait. */
const ESCAPE_ANSWER_MS = 2500;
const HANG_UP_TRIES = 2;
const HANG_UP_ANSWER_MS = 3000;
/** A modem must see DTR off for longer than S25, a hundredth of a second to some tenths. */
const DTR_OFF_MS = 600;

const ESCAPE = Uint8Array.from(Buffer.from('+++'));
const HANG_UP = Uint8Array.from(Buffer.from('ATH\r'));
const ANSWER = /\r\n(?:OK|ERROR|NO CARRIER)\r\n/;

/**
 * Brings the modem from data to command mode and hangs up. Resolves with whether it confirmed that; never rejects.
 * The line is not given back: that is `DataPhase.leave`.
 */
export async function leaveData(options: LeaveOptions): Promise<boolean> {
  const { phase, how, log, over } = options;
  const listener = new AnswerListener(phase);
  try {
    if (how === 'dtr' && phase.setDtr && (await dropDtr(options, listener))) return true;
    for (let attempt = 1; attempt <= ESCAPE_TRIES; attempt += 1) {
      await options.clock.sleep(GUARD_MS, over);
      await phase.write(ESCAPE);
      if (await listener.answered(options, ESCAPE_ANSWER_MS)) return await hangUp(options, listener);
      log.debug({ attempt }, 'the modem does not leave data mode');
    }
    log.warn('the modem does not answer +++');
    return false;
  } catch (error) {
    if (!over.aborted) log.warn({ reason: asError(error).message }, 'the data call cannot be left in order');
    return over.aborted;
  } finally {
    listener.stop();
  }
}

async function hangUp(options: LeaveOptions, listener: AnswerListener): Promise<boolean> {
  for (let attempt = 1; attempt <= HANG_UP_TRIES; attempt += 1) {
    await options.phase.write(HANG_UP);
    if (await listener.answered(options, HANG_UP_ANSWER_MS)) return true;
  }
  options.log.warn('the modem does not answer ATH');
  return false;
}

/** Some modems hang up, some only leave data mode (V.250 6.2.8, &D2 and &D1): ATH serves both. */
async function dropDtr(options: LeaveOptions, listener: AnswerListener): Promise<boolean> {
  const { phase, clock, over } = options;
  try {
    await phase.setDtr?.(false);
    await clock.sleep(DTR_OFF_MS, over);
  } finally {
    await phase.setDtr?.(true);
  }
  return await hangUp(options, listener);
}

/** Waits for a result in what still comes; the rest of the session's data is dropped. */
class AnswerListener {
  readonly stop: () => void;
  #tail = '';
  #heard = settlable();

  constructor(phase: DataPhase) {
    this.stop = phase.onData((bytes) => {
      this.#tail = (this.#tail + Buffer.from(bytes).toString('latin1')).slice(-512);
      if (!ANSWER.test(this.#tail)) return;
      this.#tail = '';
      this.#heard.resolve();
    });
  }

  /** Whether a result comes within `ms`; rejects when nothing more must be sent. */
  async answered({ clock, over }: LeaveOptions, ms: number): Promise<boolean> {
    const heard = new AbortController();
    const silent = clock.sleep(ms, AbortSignal.any([heard.signal, over])).then(
      () => false,
      () => !over.aborted,
    );
    const answered = await Promise.race([this.#heard.promise.then(() => true), silent]);
    heard.abort();
    over.throwIfAborted();
    this.#heard = settlable();
    return answered;
  }
}
