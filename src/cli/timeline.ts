import { styleText } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { DeadlineError, RingpostError } from '../base/errors.ts';
import { settlable } from '../base/settlable.ts';
import type { Observe, Step, StepName } from '../base/steps.ts';

export type Actor = 'server' | 'network' | 'device';

/** One line of the timeline. */
export interface TimedStep extends Step {
  /** Seconds since the demo began. */
  readonly at: number;
  readonly actor: Actor;
}

type Wanted = (step: TimedStep) => boolean;

const COLOURS = { server: 'cyan', network: 'magenta', device: 'green' } as const;

/** Where all parts tell what they do: shown live, remembered, and waited for by the scenes. */
export class Timeline {
  readonly steps: TimedStep[] = [];
  readonly #clock: Clock;
  readonly #start: number;
  readonly #show: (step: TimedStep) => void;
  readonly #waiting = new Set<(step: TimedStep) => void>();

  constructor(clock: Clock, show: (step: TimedStep) => void) {
    this.#clock = clock;
    this.#start = clock.monotonic();
    this.#show = show;
  }

  get seconds(): number {
    return (this.#clock.monotonic() - this.#start) / 1000;
  }

  /** The `observe` of one part. */
  observer(actor: Actor): Observe {
    return (step) => this.#add({ ...step, actor, at: this.seconds });
  }

  /** A place in the timeline, for `since` of the other calls. */
  mark(): number {
    return this.steps.length;
  }

  /** The first step of that name since the mark; rejects with `demo-step`, naming the step, when it does not come in time. */
  async expect(name: StepName, options: { since: number; ms?: number; where?: Wanted }): Promise<TimedStep> {
    const wanted: Wanted = (step) => step.name === name && (options.where?.(step) ?? true);
    const there = this.steps.slice(options.since).find(wanted);
    if (there) return there;
    const found = settlable<TimedStep>();
    const listener = (step: TimedStep) => wanted(step) && found.resolve(step);
    this.#waiting.add(listener);
    try {
      return await withDeadline(
        this.#clock,
        { what: `step "${name}"`, ms: options.ms ?? 20_000 },
        () => found.promise,
      );
    } catch (error) {
      throw error instanceof DeadlineError ? missing(name, error) : error;
    } finally {
      this.#waiting.delete(listener);
    }
  }

  /** Lets `ms` pass and rejects with `demo-step` when a step of that name comes meanwhile. */
  async expectNone(name: StepName, options: { since: number; ms: number }): Promise<void> {
    await this.#clock.sleep(options.ms);
    const step = this.steps.slice(options.since).find((one) => one.name === name);
    if (step)
      throw new RingpostError(`step "${name}" came, but must not: ${step.text}`, { code: 'demo-step' });
  }

  #add(step: TimedStep): void {
    this.steps.push(step);
    this.#show(step);
    for (const listener of [...this.#waiting]) listener(step);
  }
}

function missing(name: StepName, error: DeadlineError): RingpostError {
  return new RingpostError(`step "${name}" did not come: ${error.message}`, {
    code: 'demo-step',
    cause: error,
  });
}

/** `  3.214  device   verified      the token is genuine` */
export function showStep(step: TimedStep): string {
  const time = step.at.toFixed(3).padStart(8);
  const actor = styleText(COLOURS[step.actor], step.actor.padEnd(8));
  return `${styleText('dim', time)}  ${actor} ${styleText('bold', step.name.padEnd(15))} ${step.text}`;
}
