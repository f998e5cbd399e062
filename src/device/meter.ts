import type { Clock } from '../base/clock.ts';
import type { Cost } from '../bus/topics.ts';
import type { Link } from '../link/link.ts';

/** Counts what a session uses, from the first dial on. */
export class Meter {
  readonly #clock: Clock;
  readonly #began: number;
  #link: Link | undefined;
  #roundTrips = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.monotonic();
  }

  /** The data session that is up now. */
  watch(link: Link): void {
    this.#link = link;
  }

  addRoundTrips(count: number): void {
    this.#roundTrips += count;
  }

  /** Up to now. */
  cost(): Cost {
    const used = this.#link?.cost();
    return {
      seconds: Math.max(0, this.#clock.monotonic() - this.#began) / 1000,
      bytesUp: used?.bytesUp ?? 0,
      bytesDown: used?.bytesDown ?? 0,
      roundTrips: this.#roundTrips,
    };
  }
}
