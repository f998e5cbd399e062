import type { Clock } from './clock.ts';
import { DeadlineError } from './errors.ts';
import { settlable } from './settlable.ts';

/** Nobody hears of it; without a reason, each `abort` would make an error with its stack. */
const DONE = 'done';

/** A wait with its name, its length in milliseconds, and what may end it early. */
export interface Wait {
  /** Named in the error: `AT+CREG? on /dev/ttyS0`. */
  readonly what: string;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with a signal that fires at the deadline or with the caller's signal.
 * Rejects with DeadlineError (code `deadline`) when the time is over, even if `work` ignores its signal.
 */
export async function withDeadline<T>(
  clock: Clock,
  wait: Wait,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  wait.signal?.throwIfAborted();
  const over = new AbortController();
  const done = new AbortController();
  const onAbort = () => over.abort(wait.signal?.reason);
  wait.signal?.addEventListener('abort', onAbort, { once: true });
  clock.sleep(wait.ms, done.signal).then(
    () => over.abort(new DeadlineError(wait.what, wait.ms)),
    () => {},
  );
  try {
    return await abortable(work(over.signal), over.signal);
  } finally {
    done.abort(DONE);
    wait.signal?.removeEventListener('abort', onAbort);
  }
}

/** Rejects with the signal's reason as soon as it fires, else follows `promise`. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  signal.throwIfAborted();
  const aborted = settlable<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
