import type { Clock } from '../../../base/clock.ts';

export interface StrikeLimits {
  readonly most: number;
  /** Milliseconds from the first strike until all are forgotten. */
  readonly time: number;
}

/** More of them at once than any mail server has seen: the oldest are forgotten then, so that memory is bounded. */
const MOST_REMEMBERED = 10_000;

/** Counts what somebody did wrong (or did at all), within a time. */
export class Strikes {
  readonly #clock: Clock;
  readonly #limits: StrikeLimits;
  readonly #counts = new Map<string, { count: number; readonly until: number }>();

  constructor(clock: Clock, limits: StrikeLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  add(who: string, count = 1): void {
    const known = this.#of(who);
    if (known) known.count += count;
    else this.#counts.set(who, { count, until: this.#clock.monotonic() + this.#limits.time });
    if (this.#counts.size > MOST_REMEMBERED) this.#counts.delete(this.#counts.keys().next().value ?? '');
  }

  /** Whether `more` would be too much. */
  isOut(who: string, more = 1): boolean {
    return (this.#of(who)?.count ?? 0) + more > this.#limits.most;
  }

  #of(who: string) {
    const known = this.#counts.get(who);
    if (known && known.until > this.#clock.monotonic()) return known;
    this.#counts.delete(who);
    return undefined;
  }
}
