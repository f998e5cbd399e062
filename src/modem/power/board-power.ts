import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { BoardPowerData } from '../board.ts';
import type { Gpio, HeldLine } from './gpio.ts';
import type { GpioLine } from './gpio-words.ts';
import type { Answers, PowerSupply } from './power.ts';
import { untilUp } from './until-up.ts';

export interface BoardPowerOptions {
  readonly board: BoardPowerData;
  /** Opened when it is first needed. */
  readonly openGpio: (signal: AbortSignal) => Promise<Gpio>;
  readonly clock: Clock;
  readonly log: Log;
}

/** From the key to off: modems log off from the network first. */
const OFF_WAIT_MS = 12_000;
const OFF_PAUSE_MS = 2000;

/** A modem whose power key, supply, reset and status hang at lines of the header. */
export function boardPower(options: BoardPowerOptions): PowerSupply {
  return new BoardPower(options);
}

class BoardPower implements PowerSupply {
  readonly #options: BoardPowerOptions;
  #gpio: Gpio | undefined;
  #held: HeldLine | undefined;
  /** A modem that was just started is silent, and the next press would switch it off. It may have been started with the Pi. */
  #bootsUntil: number;

  constructor(options: BoardPowerOptions) {
    this.#options = options;
    this.#bootsUntil = options.clock.monotonic() + options.board.bootSeconds * 1000;
  }

  async on(answers: Answers, signal: AbortSignal): Promise<void> {
    const { status } = this.#options.board;
    await this.hold(signal);
    if (await this.#untilBooted(answers, signal)) return;
    if (status && (await (await this.#lines(signal)).read(status, signal))) return;
    await this.#press('onSeconds', signal);
    await this.#untilBooted(answers, signal);
  }

  async cycle(answers: Answers, signal: AbortSignal): Promise<void> {
    const { enable, key, reset } = this.#options.board;
    if (enable) {
      await this.#withoutPower(enable, signal);
      return this.on(answers, signal);
    }
    if (!key) return void (reset && (await this.#resets(answers, signal)));
    if (await this.#isOn(answers, signal)) {
      if (!(await this.#switchOff(answers, signal)) && (await this.#resets(answers, signal))) return;
    } else if (await this.#resets(answers, signal)) return;
    await this.#press('onSeconds', signal);
    if (await this.#untilBooted(answers, signal)) return;
    // It was on, and too ill to say so: that press switched it off.
    await this.#press('onSeconds', signal);
    await this.#untilBooted(answers, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#letGo();
  }

  async #isOn(answers: Answers, signal: AbortSignal): Promise<boolean> {
    const { status } = this.#options.board;
    return status ? (await this.#lines(signal)).read(status, signal) : answers(signal);
  }

  /** Resolves with whether it is off. */
  async #switchOff(answers: Answers, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    await this.#press('offSeconds', signal);
    this.#bootsUntil = 0;
    const isOff = async () => !(await this.#isOn(answers, signal));
    if (!(await untilUp(isOff, { clock, ms: OFF_WAIT_MS }, signal))) return false;
    await clock.sleep(OFF_PAUSE_MS, signal);
    return true;
  }

  async #press(time: 'onSeconds' | 'offSeconds', signal: AbortSignal): Promise<void> {
    const { key, bootSeconds } = this.#options.board;
    if (!key) return;
    this.#options.log.info({ line: key.line, seconds: key[time] }, 'the power key of the modem is pressed');
    this.#boots(key[time] + bootSeconds);
    await (await this.#lines(signal)).pulse(key, key[time], signal);
  }

  /** Resolves with whether it answers then; false where there is no such line. */
  async #resets(answers: Answers, signal: AbortSignal): Promise<boolean> {
    const { reset, bootSeconds } = this.#options.board;
    if (!reset) return false;
    this.#options.log.info({ line: reset.line }, 'the modem is reset by its line');
    this.#boots(reset.seconds + bootSeconds);
    await (await this.#lines(signal)).pulse(reset, reset.seconds, signal);
    return this.#untilBooted(answers, signal);
  }

  async #withoutPower(enable: GpioLine, signal: AbortSignal): Promise<void> {
    await this.#letGo();
    this.#options.log.info({ line: enable.line }, 'the power of the modem is taken away');
    const low = await (await this.#lines(signal)).hold(enable, false);
    try {
      await this.#options.clock.sleep(OFF_PAUSE_MS, signal);
    } finally {
      await low[Symbol.asyncDispose]();
    }
  }

  /** Given again when what held it has ended. */
  async hold(signal: AbortSignal): Promise<void> {
    const { board, log } = this.#options;
    const { enable, bootSeconds } = board;
    if (!enable || this.#held) return;
    const held = await (await this.#lines(signal)).hold(enable, true);
    this.#held = held;
    this.#boots(bootSeconds);
    void held.ended.then((why) => {
      if (this.#held === held) this.#held = undefined;
      if (why) log.error({ reason: why.message }, 'the line that powers the modem is not held any more');
    });
  }

  async #letGo(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.[Symbol.asyncDispose]();
  }

  #boots(seconds: number): void {
    this.#bootsUntil = this.#options.clock.monotonic() + seconds * 1000;
  }

  #untilBooted(answers: Answers, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    return untilUp(answers, { clock, ms: this.#bootsUntil - clock.monotonic() }, signal);
  }

  async #lines(signal: AbortSignal): Promise<Gpio> {
    this.#gpio ??= await this.#options.openGpio(signal);
    return this.#gpio;
  }
}
