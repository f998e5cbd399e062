import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import { settlable } from './settlable.ts';

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** A clock that moves only when told to: days of waiting in milliseconds. */
export class SimulatedClock implements Clock {
  #now: number;
  readonly #start: number;
  #sleepers: Sleeper[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
    this.#start = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const over = settlable();
    const sleeper = { due: this.#now + Math.max(0, ms), wake: () => over.resolve() };
    const onAbort = () => over.reject(signal?.reason);
    this.#sleepers.push(sleeper);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await over.promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    }
  }

  /** Lets `ms` milliseconds pass, waking sleepers in the order of their times and letting what they do run. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.due;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await settle();
    }
    this.#now = end;
  }

  #next(end: number): Sleeper | undefined {
    const due = this.#sleepers.filter((sleeper) => sleeper.due <= end);
    return due.reduce<Sleeper | undefined>(
      (first, one) => (first && first.due <= one.due ? first : one),
      undefined,
    );
  }
}

/** Lets promises and input that are ready now run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}
