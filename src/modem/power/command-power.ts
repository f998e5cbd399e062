import type { Clock } from '../../base/clock.ts';
import type { Answers, PowerSupply } from './power.ts';
import { runTool } from './run-tool.ts';
import { untilUp } from './until-up.ts';

export interface CommandPowerOptions {
  /** A program and its arguments; `on` or `cycle` is appended. No shell. */
  readonly command: readonly [string, ...string[]];
  readonly clock: Clock;
  /** Milliseconds that the program may take. Default a minute. */
  readonly ms?: number;
  /** Milliseconds that the modem may take to boot. Default half a minute. */
  readonly bootMs?: number;
}

/**
 * A program of the user's: `PROGRAM on` switches the modem on and leaves one that is on alone, `PROGRAM cycle` takes its power
 * away and gives it back. Exit code 0: done.
 */
export function commandPower(options: CommandPowerOptions): PowerSupply {
  const { command, clock, ms = 60_000, bootMs = 30_000 } = options;
  const [program, ...args] = command;
  const run = async (word: string, answers: Answers, signal: AbortSignal) => {
    await runTool({ program, args: [...args, word], clock, ms }, signal);
    await untilUp(answers, { clock, ms: bootMs }, signal);
  };
  return {
    async hold() {},
    async on(answers, signal) {
      if (!(await answers(signal))) await run('on', answers, signal);
    },
    cycle: (answers, signal) => run('cycle', answers, signal),
    async [Symbol.asyncDispose]() {},
  };
}
