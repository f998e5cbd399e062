import type { Clock } from '../../base/clock.ts';
import { abortable } from '../../base/deadline.ts';
import { settlable } from '../../base/settlable.ts';

interface Entry {
  readonly key: string;
  readonly due: number;
}

/** The wall clock may be set while we sleep; nobody is later than that for it. */
const LONGEST_NAP_MS = 3_600_000;

/** What is due when, for many keys with one timer. A heap: each change costs the logarithm of their number. */
export class DueList {
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;
  readonly #due = new Map<string, number>();
  #heap: Entry[] = [];
  #changed = settlable();

  /** `onDue` must not throw. */
  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#due.size;
  }

  /** `due` in milliseconds since 1970; it replaces an earlier one of this key. */
  set(key: string, due: number): void {
    if (this.#due.get(key) === due) return;
    this.#due.set(key, due);
    this.#push({ key, due });
    this.#changed.resolve();
  }

  delete(key: string): void {
    this.#due.delete(key);
  }

  /** Runs until the signal fires; resolves then. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#next();
      const left = next ? next.due - this.#clock.now() : LONGEST_NAP_MS;
      if (next && left <= 0) {
        this.#pop();
        this.#due.delete(next.key);
        this.#onDue(next.key);
      } else await this.#nap(Math.min(left, LONGEST_NAP_MS), signal);
    }
  }

  async #nap(ms: number, signal: AbortSignal): Promise<void> {
    this.#changed = settlable();
    const awake = new AbortController();
    const both = AbortSignal.any([signal, awake.signal]);
    const slept = this.#clock.sleep(ms, both);
    slept.catch(() => {});
    await abortable(Promise.race([slept, this.#changed.promise]), signal).catch(() => {});
    awake.abort('awake');
  }

  /** The earliest entry that still holds. */
  #next(): Entry | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (!first || this.#due.get(first.key) === first.due) return first;
      this.#pop();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#at(parent).due <= entry.due) break;
      heap[at] = this.#at(parent);
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#at(child + 1).due < this.#at(child).due) child += 1;
      if (this.#at(child).due >= last.due) break;
      heap[at] = this.#at(child);
      at = child;
    }
    heap[at] = last;
  }

  #at(index: number): Entry {
    return this.#heap[index] as Entry;
  }
}
