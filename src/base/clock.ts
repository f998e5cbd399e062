import { setTimeout as delay } from 'node:timers/promises';

/** The only way to know the time or to wait, so that a whole system can run on simulated time. */
export interface Clock {
  /** Wall time in milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some fixed instant; never jumps. For durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** `setTimeout` takes 31 bits; longer sleeps are cut in pieces (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    let left = Math.max(0, ms);
    do {
      const piece = Math.min(left, LONGEST_TIMER_MS);
      await sleepOnce(piece, signal);
      left -= piece;
    } while (left > 0);
  },
};

async function sleepOnce(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
