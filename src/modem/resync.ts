import type { Clock } from '../base/clock.ts';
import { type Settlable, settlable } from '../base/settlable.ts';

/** How hard a channel tries to get an answer after a command was given up. */
export interface RecoveryOptions {
  /** How often `AT` is sent before the port is opened anew, and again afterwards. Default 5. */
  readonly attempts?: number;
  /** Milliseconds to wait for each answer. Default 2000. */
  readonly answerMs?: number;
  /** Milliseconds without a result until late answers are taken to be over. Default 300. */
  readonly quietMs?: number;
}

/** ESC leaves a `> ` prompt (3GPP TS 27.005 3.5.1); elsewhere a modem ignores what comes before `AT` (V.250 5.2.1). */
export const PROBE = Uint8Array.from(Buffer.from('\x1bAT\r', 'latin1'));

/**
 * Brings a line back in step: asks until a result comes, then waits until no more come, so that the late
 * result of the command that was given up is not taken for the answer to the next one.
 */
export class Resync {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #attempts: number;
  readonly #answerMs: number;
  readonly #quietMs: number;
  #results = 0;
  #heard: Settlable<void> = settlable();

  constructor(clock: Clock, signal: AbortSignal, options: RecoveryOptions = {}) {
    this.#clock = clock;
    this.#signal = signal;
    this.#attempts = options.attempts ?? 5;
    this.#answerMs = options.answerMs ?? 2000;
    this.#quietMs = options.quietMs ?? 300;
  }

  /** To be called for each final result that arrives meanwhile. */
  heard(): void {
    this.#results += 1;
    this.#heard.resolve();
  }

  /** Resolves with whether the modem answers; `beforeRetry` runs before each attempt but the first. */
  async run(write: (bytes: Uint8Array) => Promise<void>, beforeRetry: () => void): Promise<boolean> {
    for (let attempt = 0; attempt < this.#attempts; attempt += 1) {
      if (attempt > 0) beforeRetry();
      this.#heard = settlable();
      if (!(await this.#ask(write))) continue;
      await this.#quiet();
      return true;
    }
    return false;
  }

  async #ask(write: (bytes: Uint8Array) => Promise<void>): Promise<boolean> {
    const answered = new AbortController();
    const over = this.#clock.sleep(this.#answerMs, AbortSignal.any([this.#signal, answered.signal]));
    const unheard = over.then(
      () => false,
      () => false,
    );
    write(PROBE).catch(() => {});
    const heard = await Promise.race([this.#heard.promise.then(() => true), unheard]);
    answered.abort();
    return heard;
  }

  async #quiet(): Promise<void> {
    const most = this.#attempts + 1;
    for (let round = 0; round < most; round += 1) {
      const before = this.#results;
      await this.#clock.sleep(this.#quietMs, this.#signal).catch(() => {});
      if (this.#results === before) return;
    }
  }
}
