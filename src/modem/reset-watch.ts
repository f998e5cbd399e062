import { asError, RingpostError } from '../base/errors.ts';
import type { ModemContext } from './context.ts';

/** A modem that starts says so several times; it is asked once it has been quiet for so long. */
const QUIET_MS = 2000;
const TRIES = 5;
const FIRST_PAUSE_MS = 2000;

export interface ResetWatchOptions {
  readonly context: ModemContext;
  /** Ends the watch. */
  readonly life: AbortSignal;
  /** Makes all settings again and sweeps. */
  readonly bringUp: (signal: AbortSignal) => Promise<void>;
  /** The modem came back and cannot be used. */
  readonly onLost: (error: Error) => void;
}

/** Notices that the modem has started again, which loses all settings, and makes them again. */
export class ResetWatch {
  readonly #options: ResetWatchOptions;
  #marks = 0;
  #running = false;
  #held = true;
  #settled: Promise<void> = Promise.resolve();

  constructor(options: ResetWatchOptions) {
    this.#options = options;
  }

  /** Every URC of the modem. */
  onUrc(line: string): void {
    if (this.#options.context.profile.resetMarkers.some((marker) => line.startsWith(marker))) this.mark();
  }

  /** The modem has started again, as a line or a lost setting tells. */
  mark(): void {
    this.#marks += 1;
    if (!this.#held) this.#start();
  }

  /** Resolves when the settings stand again after the last mark, or were given up. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Until then marks are only counted: the modem is being opened. */
  release(): void {
    this.#held = false;
    if (this.#marks > 0) this.#start();
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#settled = this.#recover()
      .catch((error: unknown) => {
        if (!this.#options.life.aborted) this.#options.onLost(asError(error));
      })
      .finally(() => {
        this.#running = false;
      });
  }

  async #recover(): Promise<void> {
    const { context, life } = this.#options;
    for (let seen = 0; this.#marks !== seen; ) {
      seen = this.#marks;
      await context.clock.sleep(QUIET_MS, life);
      if (this.#marks !== seen) continue;
      context.log.warn('the modem has started again: making its settings anew');
      await this.#bringUp();
    }
  }

  async #bringUp(): Promise<void> {
    const { context, life, bringUp } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await bringUp(life);
      } catch (error) {
        life.throwIfAborted();
        const temporary = !(error instanceof RingpostError) || error.temporary;
        if (!temporary || attempt === TRIES) throw error;
        context.log.warn({ attempt, reason: asError(error).message }, 'the modem is not ready yet');
        await context.clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), life);
      }
    }
  }
}
