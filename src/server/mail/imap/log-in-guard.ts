import type { Clock } from '../../../base/clock.ts';

interface Guesser {
  failures: number;
  /** No password of this address is looked at before, monotonic milliseconds. */
  free: number;
}

/** Longest wait between two guesses of one address, and how long an address is remembered after the last one. */
const LONGEST_DELAY_MS = 30_000;
const REMEMBERED_MS = 60 * 60_000;
/** More addresses than this guess at once only in an attack: the oldest are forgotten then. */
const MOST_REMEMBERED = 10_000;

/**
 * Makes guessing slow: after each wrong password of an address the next answer takes twice as long, over all its
 * connections. A right one clears it, so that whoever mistyped pays only once.
 */
export class LogInGuard {
  readonly #clock: Clock;
  readonly #delay: number;
  readonly #guessers = new Map<string, Guesser>();

  /** `delay`: milliseconds after the first wrong password. */
  constructor(clock: Clock, delay: number) {
    this.#clock = clock;
    this.#delay = delay;
  }

  /** Addresses that are remembered. */
  get remembered(): number {
    return this.#guessers.size;
  }

  /** Waits until a password from there may be looked at; one after another. False: too many wait already. */
  async turn(network: string): Promise<boolean> {
    const guesser = this.#of(network);
    if (!guesser) return true;
    const now = this.#clock.monotonic();
    const wait = Math.max(0, guesser.free - now);
    if (wait > 2 * LONGEST_DELAY_MS) return false;
    guesser.free = Math.max(now, guesser.free) + this.#delayAfter(guesser.failures);
    if (wait > 0) await this.#clock.sleep(wait);
    return true;
  }

  /** A password was wrong; resolves when that may be said. */
  async failed(network: string): Promise<void> {
    const guesser = this.#of(network) ?? { failures: 0, free: 0 };
    guesser.failures += 1;
    const delay = this.#delayAfter(guesser.failures);
    guesser.free = Math.max(guesser.free, this.#clock.monotonic() + delay);
    // Last in the order of a Map: the first is whom nobody has heard of for longest.
    this.#guessers.delete(network);
    this.#guessers.set(network, guesser);
    if (this.#guessers.size > MOST_REMEMBERED) this.#forgetOldest();
    await this.#clock.sleep(delay);
  }

  succeeded(network: string): void {
    this.#guessers.delete(network);
  }

  #delayAfter(failures: number): number {
    return Math.min(LONGEST_DELAY_MS, this.#delay * 2 ** Math.min(20, failures - 1));
  }

  #of(network: string): Guesser | undefined {
    const known = this.#guessers.get(network);
    if (known && this.#clock.monotonic() - known.free < REMEMBERED_MS) return known;
    this.#guessers.delete(network);
    return undefined;
  }

  #forgetOldest(): void {
    for (const network of this.#guessers.keys()) {
      this.#guessers.delete(network);
      return;
    }
  }
}
