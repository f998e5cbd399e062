import type { Clock } from '../base/clock.ts';
import { abortable, type Wait, withDeadline } from '../base/deadline.ts';
import { DeadlineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { DeviceError } from './errors.ts';

/** A signal that fires at a deadline or with another signal. Disposing ends the wait. */
export function deadlineSignal(clock: Clock, wait: Wait): Disposable & { readonly signal: AbortSignal } {
  const over = new AbortController();
  const done = new AbortController();
  const onAbort = () => over.abort(wait.signal?.reason);
  if (wait.signal?.aborted) onAbort();
  wait.signal?.addEventListener('abort', onAbort, { once: true });
  clock.sleep(wait.ms, done.signal).then(
    () => over.abort(new DeadlineError(wait.what, wait.ms)),
    () => {},
  );
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      done.abort();
      wait.signal?.removeEventListener('abort', onAbort);
    },
  };
}

export interface OpeningOptions<T> {
  /** Named in errors: `the data session`. */
  readonly what: string;
  readonly open: (signal: AbortSignal) => Promise<T>;
  readonly clock: Clock;
  readonly log: Log;
  /** Longest wait for it to close, in milliseconds. */
  readonly closeMs: number;
}

/**
 * Something that is opened when it is first wanted, perhaps long before it is needed. Disposing closes it,
 * even if it comes up late; it is waited for at most `closeMs`, and failing to close is logged, not thrown.
 */
export class Opening<T extends AsyncDisposable> implements AsyncDisposable {
  readonly #options: OpeningOptions<T>;
  readonly #stop = new AbortController();
  #opened: Promise<T> | undefined;
  #isUp = false;

  constructor(options: OpeningOptions<T>) {
    this.#options = options;
  }

  /** Starts it once; every call waits for the same one. Rejects with the signal's reason when it fires first. */
  start(signal: AbortSignal): Promise<T> {
    const opened = this.#opened ?? this.#open(signal);
    this.#opened = opened;
    return abortable(opened, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { what, clock, closeMs, log } = this.#options;
    const opened = this.#opened;
    if (!opened) return;
    if (!this.#isUp) this.#stop.abort(new DeviceError(`${what} was given up`, { code: 'given-up' }));
    const closed = opened.then(
      (one) => one[Symbol.asyncDispose](),
      () => {},
    );
    await withDeadline(clock, { what: `closing ${what}`, ms: closeMs }, () => closed).catch(
      (error: unknown) => log.warn({ err: error }, `${what} did not close well`),
    );
  }

  async #open(signal: AbortSignal): Promise<T> {
    const one = await this.#options.open(AbortSignal.any([signal, this.#stop.signal]));
    this.#isUp = true;
    return one;
  }
}
