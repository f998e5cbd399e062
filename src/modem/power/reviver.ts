import type { Clock } from '../../base/clock.ts';
import { asError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { Mutex } from '../../base/mutex.ts';
import type { SerialLine } from '../serial-line.ts';
import type { Answers, Power, PowerSupply } from './power.ts';
import { answersAt } from './probe.ts';

export interface ReviverOptions {
  readonly supply: PowerSupply;
  readonly clock: Clock;
  readonly log: Log;
  /** Shortest time from one attempt to the next, in milliseconds. Default ten minutes. */
  readonly everyMs?: number;
}

type Open = (signal: AbortSignal) => Promise<SerialLine>;

/**
 * Opens the line of a modem that may be off: one that is not there, or silent, is switched on, and if that does not help its
 * power is cycled; once, and not again within `everyMs`. Owns the supply, which may hold the power.
 */
export class Reviver implements AsyncDisposable {
  readonly #options: ReviverOptions;
  readonly #turn = new Mutex();
  #lastTry: number | undefined;
  #line: SerialLine | undefined;

  constructor(options: ReviverOptions) {
    this.#options = options;
  }

  /** For the ladder of data sessions. */
  readonly power: Power = {
    cycle: (signal) =>
      this.#turn.run(() =>
        this.#options.supply.cycle(
          async (over) => this.#line !== undefined && this.#answers(this.#line, over),
          signal,
        ),
      ),
  };

  /** What `open` gives, or throws, after what could be done for it. */
  open(open: Open, signal: AbortSignal): Promise<SerialLine> {
    return this.#turn.run(async () => {
      const patient = new Patient(open, (line, over) => this.#answers(line, over));
      try {
        await this.#hold(signal);
        if (!(await patient.answers(signal)) && this.#mayTry()) await this.#revive(patient.answers, signal);
        this.#line = await patient.line(signal);
        return this.#line;
      } catch (error) {
        await patient.close();
        throw error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.supply[Symbol.asyncDispose]();
  }

  /** Another program may have the line: then the power is that one's. */
  async #hold(signal: AbortSignal): Promise<void> {
    const { supply, log } = this.#options;
    await supply.hold(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      log.error({ reason: asError(error).message }, 'the power of the modem cannot be held');
    });
  }

  /** A supply that fails is no reason to stop: the modem may come back by itself. */
  async #revive(answers: Answers, signal: AbortSignal): Promise<void> {
    const { supply, log } = this.#options;
    try {
      log.warn('the modem does not answer: it is switched on');
      await supply.on(answers, signal);
      if (await answers(signal)) return;
      log.warn('the modem does not answer still: its power is cycled');
      await supply.cycle(answers, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.error({ reason: asError(error).message }, 'the power of the modem cannot be switched');
    }
  }

  #mayTry(): boolean {
    const { clock, everyMs = 600_000 } = this.#options;
    const now = clock.monotonic();
    if (this.#lastTry !== undefined && now - this.#lastTry < everyMs) return false;
    this.#lastTry = now;
    return true;
  }

  #answers(line: SerialLine, signal: AbortSignal): Promise<boolean> {
    return answersAt(line, this.#options.clock, signal);
  }
}

/**
 * A line that is opened anew for each question until a modem answers: with its power a USB modem brings ports of its own, and
 * until then what is open may be the UART of the header, or nothing.
 */
class Patient {
  readonly #open: Open;
  readonly #ask: (line: SerialLine, signal: AbortSignal) => Promise<boolean>;
  #line: SerialLine | undefined;

  constructor(open: Open, ask: (line: SerialLine, signal: AbortSignal) => Promise<boolean>) {
    this.#open = open;
    this.#ask = ask;
  }

  readonly answers: Answers = async (signal) => {
    this.#line ??= await this.#opened(signal);
    if (this.#line && (await this.#ask(this.#line, signal))) return true;
    await this.close();
    return false;
  };

  /** The line, opened now if it is not; throws why it cannot be. */
  async line(signal: AbortSignal): Promise<SerialLine> {
    return this.#line ?? this.#open(signal);
  }

  async close(): Promise<void> {
    const line = this.#line;
    this.#line = undefined;
    await line?.close();
  }

  async #opened(signal: AbortSignal): Promise<SerialLine | undefined> {
    try {
      const line = await this.#open(signal);
      void line.closed.then(() => {
        if (this.#line === line) this.#line = undefined;
      });
      return line;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}
