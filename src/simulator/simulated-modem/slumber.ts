import type { Clock } from '../../base/clock.ts';
import type { BytePort } from '../byte-port.ts';
import type { SleepPersonality } from '../personalities.ts';

export interface SlumberParts {
  readonly sleep: SleepPersonality | undefined;
  readonly clock: Clock;
  /** The value of a setting of the modem. */
  readonly setting: (name: string) => number;
  /** Whether a data call keeps it awake. */
  readonly busy: () => boolean;
  /** Without the wire, its pin floats: that is DTR off. */
  readonly hasDtr: boolean;
}

/** Whether a modem sleeps, by its setting, by DTR and by how long its line was quiet. */
export class Slumber {
  readonly #parts: SlumberParts;
  #dtr: boolean;
  /** When a byte last went either way, monotonic milliseconds. */
  #stirredAt: number;
  #hearsFrom = 0;

  constructor(parts: SlumberParts) {
    this.#parts = parts;
    this.#dtr = parts.hasDtr;
    this.#stirredAt = parts.clock.monotonic();
  }

  get asleep(): boolean {
    const { sleep, setting, busy } = this.#parts;
    if (!sleep || busy()) return false;
    const value = setting(sleep.setting);
    const may = value === sleep.byItself || (value === sleep.byDtr && !this.#dtr);
    return may && this.#now() - this.#stirredAt >= sleep.quietMs;
  }

  /** The port as the modem has it: what it says stirs it, and what it is sent may not be heard. */
  port(port: BytePort): BytePort {
    return {
      write: (bytes) => {
        this.#stir();
        return port.write(bytes);
      },
      onData: (listener) =>
        port.onData((bytes) => {
          if (this.#hears()) listener(bytes);
        }),
    };
  }

  setDtr(on: boolean): void {
    if (on && this.asleep) this.#wake();
    this.#dtr = on;
  }

  #stir(): void {
    this.#stirredAt = this.#now();
  }

  /** Bytes arrive: whether they are heard. Those that come in sleep may wake it, and are lost. */
  #hears(): boolean {
    const { sleep, setting } = this.#parts;
    if (this.asleep) {
      if (sleep && setting(sleep.setting) === sleep.byItself) this.#wake();
      return false;
    }
    this.#stir();
    return this.#now() >= this.#hearsFrom;
  }

  #wake(): void {
    this.#hearsFrom = this.#now() + (this.#parts.sleep?.wakeMs ?? 0);
    this.#stir();
  }

  #now(): number {
    return this.#parts.clock.monotonic();
  }
}
