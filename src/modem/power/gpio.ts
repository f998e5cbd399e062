import type { Clock } from '../../base/clock.ts';
import { ModemError } from '../errors.ts';
import {
  type GpioLine,
  type GpioMajor,
  headerChip,
  holdWords,
  majorOf,
  pulseWords,
  readWords,
} from './gpio-words.ts';
import { failed, runTool, startTool, toolEnd } from './run-tool.ts';

/** A line that is driven until it is let go of. */
export interface HeldLine extends AsyncDisposable {
  /** Resolves when it is not driven any more, with the reason when nobody let go of it. Never rejects. */
  readonly ended: Promise<Error | undefined>;
}

export interface GpioOptions {
  readonly clock: Clock;
  /** Where the tools are looked for; default: `PATH`. */
  readonly path?: string | undefined;
}

/** How long a tool may take beside what it waits for. */
const TOOL_MS = 5000;
/** A gpioset that cannot have its line ends by then. */
const START_MS = 300;

/** The lines of a Raspberry Pi's header, through gpioset, gpioget and gpiodetect. Errors: ModemError `power-missing`, `power-failed`. */
export class Gpio {
  readonly #options: GpioOptions;
  readonly #major: GpioMajor;
  readonly #chip: string;

  private constructor(options: GpioOptions, major: GpioMajor, chip: string) {
    this.#options = options;
    this.#major = major;
    this.#chip = chip;
  }

  /** Finds out which libgpiod and which chip there is. */
  static async open(options: GpioOptions, signal?: AbortSignal): Promise<Gpio> {
    const ask = (program: string, args: string[]) =>
      runTool({ program, args, ms: TOOL_MS, ...options }, signal);
    const version = await ask('gpioset', ['--version']);
    const major = majorOf(version);
    if (major === undefined)
      throw unknown(`gpioset --version: ${firstLine(version)}: neither libgpiod 1 nor 2`);
    const detected = await ask('gpiodetect', []);
    const chip = headerChip(detected);
    if (chip === undefined) {
      throw unknown(
        `gpiodetect: none of the chips is that of a Raspberry Pi's header: ${detected.trim() || 'none'}`,
      );
    }
    return new Gpio(options, major, chip);
  }

  /** Drives a line active for so many seconds. */
  async pulse(line: GpioLine, seconds: number, signal?: AbortSignal): Promise<void> {
    const args = pulseWords(this.#major, this.#chip, line, seconds);
    await runTool({ program: 'gpioset', args, ms: seconds * 1000 + TOOL_MS, ...this.#options }, signal);
  }

  /** Whether a line is active. */
  async read(line: GpioLine, signal?: AbortSignal): Promise<boolean> {
    const tool = { program: 'gpioget', args: readWords(this.#major, this.#chip, line) };
    const said = (await runTool({ ...tool, ms: TOOL_MS, ...this.#options }, signal)).trim();
    if (said === '0' || said === '1') return said === '1';
    throw unknown(`gpioget ${tool.args.join(' ')}: ${JSON.stringify(said)} instead of 0 or 1`);
  }

  /** Drives a line until it is let go of. */
  async hold(line: GpioLine, active: boolean): Promise<HeldLine> {
    const { clock, path } = this.#options;
    const tool = {
      program: 'gpioset',
      args: holdWords(this.#major, this.#chip, line, active),
      path,
      apart: true,
    };
    const child = await startTool(tool);
    const end = toolEnd(child, clock);
    let letGo = false;
    const ended = end.then((how) => (letGo ? undefined : failed(tool, how)));
    const early = await Promise.race([ended, clock.sleep(START_MS).then(() => undefined)]);
    if (early) throw early;
    return {
      ended,
      async [Symbol.asyncDispose]() {
        letGo = true;
        child.kill('SIGTERM');
        await end;
      },
    };
  }
}

function unknown(message: string): ModemError {
  return new ModemError(message, { code: 'power-failed' });
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
