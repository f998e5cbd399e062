import { settlable } from '../base/settlable.ts';
import { ModemError } from './errors.ts';
import type { SerialLine } from './serial-line.ts';

/** The other end of a line in memory: where the modem, or a test that plays one, sits. */
export interface FarEnd {
  write(bytes: Uint8Array): void;
  /** Adds a listener for what the near side writes; returns the function that removes it. */
  onData(listener: (bytes: Uint8Array) => void): () => void;
  /** Takes the line away, as pulling the cable does; with an error, that is what `closed` resolves with. */
  close(error?: Error): void;
  /** Resolves when the line is gone, whoever closed it. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}

export interface MemoryLineOptions {
  /** Gives the line a DTR wire, and this end told of it. */
  readonly onDtr?: ((on: boolean) => void) | undefined;
}

/** A serial line without a port: for tests, and for machines that have no PTYs. */
export function memoryLine(
  name = 'memory',
  { onDtr }: MemoryLineOptions = {},
): { line: SerialLine; far: FarEnd } {
  const gone = settlable<Error | undefined>();
  const toFar = new Pipe();
  const toNear = new Pipe();
  let open = true;
  const close = (error?: Error) => {
    open = false;
    gone.resolve(error);
  };
  const line: SerialLine = {
    path: name,
    async write(bytes) {
      if (!open) {
        throw new ModemError(`${name}: write on a closed line`, { code: 'line-closed', temporary: true });
      }
      toFar.write(bytes);
    },
    onData: (listener) => toNear.listen(listener),
    flow: (on) => toNear.flow(on),
    ...(onDtr && { setDtr: async (on: boolean) => onDtr(on) }),
    closed: gone.promise,
    close: async () => close(),
    [Symbol.asyncDispose]: async () => close(),
  };
  const far: FarEnd = {
    write: (bytes) => {
      if (open) toNear.write(bytes);
    },
    onData: (listener) => toFar.listen(listener),
    close,
    closed: gone.promise,
  };
  return { line, far };
}

/** One direction. Bytes arrive in a later microtask, as from a port, and wait for the first listener. */
class Pipe {
  #listeners: ((bytes: Uint8Array) => void)[] = [];
  #waiting: Uint8Array[] = [];
  #scheduled = false;
  #stopped = false;

  flow(on: boolean): void {
    this.#stopped = !on;
    this.#schedule();
  }

  write(bytes: Uint8Array): void {
    this.#waiting.push(Uint8Array.from(bytes));
    this.#schedule();
  }

  listen(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    this.#schedule();
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  #schedule(): void {
    if (this.#stopped || this.#scheduled || this.#waiting.length === 0 || this.#listeners.length === 0)
      return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#listeners.length === 0) return;
    while (this.#waiting.length > 0 && !this.#stopped) {
      const bytes = this.#waiting.shift() as Uint8Array;
      for (const listener of this.#listeners) listener(bytes);
    }
  }
}
