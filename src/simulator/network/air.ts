import type { Clock } from '../../base/clock.ts';
import type { Conditions } from './conditions.ts';

/**
 * One direction of a modem's radio: what is sent in order arrives in order, after the time that its bits take
 * and half a round trip. All connections of the modem share it.
 */
export class AirPath {
  readonly #clock: Clock;
  readonly #conditions: Conditions;
  readonly #rate: 'downBitsPerSecond' | 'upBitsPerSecond';
  #freeAt = 0;
  #last: Promise<void> = Promise.resolve();
  /** Bytes that entered so far. */
  bytes = 0;

  constructor(clock: Clock, conditions: Conditions, rate: 'downBitsPerSecond' | 'upBitsPerSecond') {
    this.#clock = clock;
    this.#conditions = conditions;
    this.#rate = rate;
  }

  /** Resolves when these bytes have arrived at the other end; rejects when the signal fires first. */
  cross(bytes: number, signal: AbortSignal): Promise<void> {
    this.bytes += bytes;
    const now = this.#clock.monotonic();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes * 8000) / this.#conditions[this.#rate];
    const due = this.#freeAt + this.#conditions.rttMs / 2;
    const before = this.#last;
    const arrival = this.#arrive(before, due, signal);
    this.#last = arrival.catch(() => {});
    return arrival;
  }

  async #arrive(before: Promise<void>, due: number, signal: AbortSignal): Promise<void> {
    await before;
    const wait = due - this.#clock.monotonic();
    if (wait > 0) await this.#clock.sleep(wait, signal);
    signal.throwIfAborted();
  }
}

/** The radio of one modem. */
export interface Air {
  readonly down: AirPath;
  readonly up: AirPath;
  readonly conditions: Conditions;
}
