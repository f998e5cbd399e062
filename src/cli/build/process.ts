import { systemClock } from '../../base/clock.ts';
import { createLog, type LogLevel } from '../../base/log.ts';
import type { Step } from '../../base/steps.ts';
import { type Actor, showStep, Timeline } from '../timeline.ts';

/** Clock, log and step printer of a command that runs until it is stopped. */
export function processSurroundings(actor: Actor, level: LogLevel, json: boolean) {
  const timeline = new Timeline(systemClock, (step) => {
    process.stdout.write(
      json ? `${JSON.stringify({ ...step, at: new Date().toISOString() })}\n` : `${showStep(step)}\n`,
    );
  });
  return { clock: systemClock, log: createLog(level), observe: timeline.observer(actor) };
}

/** How a command that asks a running agent shows what the agent does meanwhile. */
export function showProgress(progress: unknown): void {
  const { name, text } = progress as Partial<Step>;
  process.stderr.write(`${String(name).padEnd(14)} ${text}\n`);
}
