import type { Clock } from '../../../base/clock.ts';

/** Calls `bark` when nobody has fed it for a while. Times in milliseconds. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #due: number;

  constructor(clock: Clock, ms: number, bark: () => void) {
    this.#clock = clock;
    this.#due = clock.monotonic() + ms;
    this.#watch(bark).catch(() => {});
  }

  /** From now on it waits `ms`. Shortening takes effect when the time it waits for now is over. */
  feed(ms: number): void {
    this.#due = this.#clock.monotonic() + ms;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #watch(bark: () => void): Promise<void> {
    for (let left = this.#left(); left > 0; left = this.#left()) {
      await this.#clock.sleep(left, this.#stop.signal);
    }
    bark();
  }

  #left(): number {
    return this.#due - this.#clock.monotonic();
  }
}
