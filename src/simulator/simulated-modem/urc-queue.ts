import type { Clock } from '../../base/clock.ts';
import { later } from '../later.ts';
import type { Serial } from './serial.ts';

/** Lines of one unsolicited result that must stay together, or bytes as they are. */
export type Urc = readonly string[] | Uint8Array;

/** How long a begun command line holds unsolicited lines back. */
const TYPING_MS = 300;

/**
 * Unsolicited lines. They wait while a command is being answered or typed: a modem never puts one into the
 * middle of another line.
 */
export class UrcQueue {
  readonly #serial: Serial;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** What comes now is lost. */
  deaf = false;
  #waiting: Urc[] = [];
  #held = false;
  #typingUntil = 0;

  constructor(serial: Serial, clock: Clock, signal: AbortSignal) {
    this.#serial = serial;
    this.#clock = clock;
    this.#signal = signal;
  }

  push(urc: Urc): void {
    if (this.deaf) return;
    this.#waiting.push(urc);
    this.#flush();
  }

  /** A command begins. */
  hold(): void {
    this.#held = true;
    this.#typingUntil = 0;
  }

  /** Its final result is out. */
  release(): void {
    this.#held = false;
    this.#flush();
  }

  typing(partial: boolean): void {
    this.#typingUntil = partial ? this.#clock.monotonic() + TYPING_MS : 0;
  }

  /** Everything now, whatever is going on. */
  writeAll(): void {
    for (const urc of this.#waiting.splice(0)) this.#write(urc);
  }

  clear(): void {
    this.#waiting = [];
  }

  #flush(): void {
    if (this.#held || this.#waiting.length === 0) return;
    const wait = this.#typingUntil - this.#clock.monotonic();
    if (wait > 0) later(this.#clock, wait, this.#signal, () => this.#flush());
    else this.writeAll();
  }

  #write(urc: Urc): void {
    if (urc instanceof Uint8Array) {
      this.#serial.raw(urc);
      return;
    }
    const [first, ...rest] = urc;
    if (first === undefined) return;
    this.#serial.result(first);
    for (const line of rest) this.#serial.information(line, false);
  }
}
