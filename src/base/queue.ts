import { settlable } from './settlable.ts';

/** A queue between a producer that calls and a consumer that iterates. One consumer. Unbounded: cap at the producer. */
export class Queue<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake = settlable();

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake.resolve();
  }

  /** Ends the iteration after what is queued; with an error, the iteration throws it then. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      while (this.#items.length > 0) yield this.#items.shift() as T;
      if (this.#ended) break;
      await this.#wake.promise;
      this.#wake = settlable();
    }
    if (this.#error) throw this.#error;
  }
}
