import type { Clock } from '../../base/clock.ts';
import { settlable } from '../../base/settlable.ts';
import { PROBE } from '../resync.ts';
import type { SerialLine } from '../serial-line.ts';

const ESCAPE = Uint8Array.from(Buffer.from('+++', 'latin1'));
/** A modem that sleeps loses the first, one at the wrong speed needs a few to find ours. */
const TRIES = 3;
const ANSWER_MS = 700;
/** Silence before and after `+++` (S12, a second by default) and some margin. */
const GUARD_MS = 1100;
/** `OK`, or what a modem says that is well enough to refuse; with ATV0, its number. */
const ANSWER = /\r\n(?:OK|ERROR|\+CME ERROR[^\r]*|NO CARRIER)\r\n|\r0\r/;

/**
 * Whether a modem answers at this line, before any channel has it. One that was left in the middle of a data call answers
 * only after `+++`. Takes about six seconds when it does not. Rejects only with the signal's reason.
 */
export async function answersAt(line: SerialLine, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const ear = new Ear(line);
  try {
    if (await asks(line, ear, clock, signal)) return true;
    await clock.sleep(GUARD_MS, signal);
    await line.write(ESCAPE);
    if (await ear.hears(clock, GUARD_MS + ANSWER_MS, signal)) return true;
    return await asks(line, ear, clock, signal);
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    ear.stop();
  }
}

async function asks(line: SerialLine, ear: Ear, clock: Clock, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    await line.write(PROBE);
    if (await ear.hears(clock, ANSWER_MS, signal)) return true;
  }
  return false;
}

class Ear {
  readonly stop: () => void;
  readonly #heard = settlable();
  #tail = '';

  constructor(line: SerialLine) {
    this.stop = line.onData((bytes) => {
      this.#tail = (this.#tail + Buffer.from(bytes).toString('latin1')).slice(-256);
      if (ANSWER.test(this.#tail)) this.#heard.resolve();
    });
  }

  async hears(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    const silent = clock.sleep(ms, AbortSignal.any([signal, done.signal])).then(
      () => false,
      () => false,
    );
    const heard = await Promise.race([this.#heard.promise.then(() => true), silent]);
    done.abort();
    signal.throwIfAborted();
    return heard;
  }
}
