import type { Clock } from '../base/clock.ts';
import { asError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;

export interface SweepScheduleOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly life: AbortSignal;
  readonly sweep: (signal: AbortSignal) => Promise<unknown>;
}

/** Sweeps in the background when something may have been missed, again and again, ever later, until one works. */
export class SweepSchedule {
  readonly #options: SweepScheduleOptions;
  #wanted = false;
  #running = false;

  constructor(options: SweepScheduleOptions) {
    this.#options = options;
  }

  request(): void {
    this.#wanted = true;
    if (this.#running) return;
    this.#running = true;
    this.#run()
      .catch((error: unknown) => {
        if (!this.#options.life.aborted)
          this.#options.log.error({ reason: asError(error).message }, 'no sweep');
      })
      .finally(() => {
        this.#running = false;
      });
  }

  async #run(): Promise<void> {
    const { clock, log, life, sweep } = this.#options;
    for (let pause = FIRST_PAUSE_MS; this.#wanted; ) {
      this.#wanted = false;
      try {
        await sweep(life);
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        life.throwIfAborted();
        log.warn({ reason: asError(error).message, pause }, 'the SMS store cannot be swept now');
        this.#wanted = true;
        await clock.sleep(pause, life);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}
