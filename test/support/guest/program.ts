import { vi } from 'vitest';
import type { Started } from './guest.ts';

/** A line that a command of ours prints with `--json`. */
export interface Told {
  readonly name: string;
  readonly text: string;
  /** ISO 8601, by the guest's clock. */
  readonly at: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const STEP_MS = 100_000;

/** A command of ours that runs in the guest. */
export class Program {
  readonly #started: Started;

  constructor(started: Started) {
    this.#started = started;
  }

  /** All that it printed, its log too. */
  output(): Promise<string> {
    return this.#started.output();
  }

  /** Its steps so far. */
  async steps(): Promise<Told[]> {
    const lines = (await this.output()).split('\n').slice(0, -1);
    return lines.flatMap((line) => {
      const told = line.startsWith('{') ? JSON.parse(line) : {};
      return typeof told.name === 'string' ? [told as Told] : [];
    });
  }

  /** A place among its steps, for `since`. */
  async mark(): Promise<number> {
    return (await this.steps()).length;
  }

  /** The first step of that name since the mark; rejects with what it did instead. */
  async step(name: string, since: number): Promise<Told & { place: number }> {
    const find = async () => {
      const steps = await this.steps();
      const place = steps.findIndex((step, index) => index >= since && step.name === name);
      const found = steps[place];
      if (found) return { ...found, place };
      throw new Error(`no step "${name}" after ${since}:\n${(await this.output()).slice(-6000)}`);
    };
    return await vi.waitFor(find, { timeout: STEP_MS, interval: 50 });
  }

  /** Waits for its end and gives its exit code. */
  get ended(): Promise<number> {
    return this.#started.ended;
  }
}
