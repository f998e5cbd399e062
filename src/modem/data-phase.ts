import { settlable } from '../base/settlable.ts';

/** The line as raw bytes, between CONNECT and `leave`. */
export interface DataPhase {
  /** The whole line: `CONNECT 115200`. */
  readonly connect: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Adds a listener; what came before the first one is kept for it. */
  onData(listener: (bytes: Uint8Array) => void): () => void;
  /**
   * Gives the line back to AT commands. The modem must be in command mode again: the call has ended
   * (NO CARRIER), or the caller has sent `+++` with its pauses. Commands that waited run then.
   */
  leave(): void;
}

/** The bytes of a data call, from the moment its CONNECT was seen. */
export class OpenDataPhase implements DataPhase {
  readonly connect: string;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly #onLeave: () => void;
  readonly #left = settlable();
  #waiting: Uint8Array[] = [];
  #listeners: ((bytes: Uint8Array) => void)[] = [];

  constructor(connect: string, write: (bytes: Uint8Array) => Promise<void>, onLeave: () => void) {
    this.connect = connect;
    this.write = write;
    this.#onLeave = onLeave;
  }

  /** Resolves with `leave`. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  push(bytes: Uint8Array): void {
    if (this.#listeners.length === 0) this.#waiting.push(Uint8Array.from(bytes));
    for (const listener of this.#listeners) listener(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    for (const bytes of this.#waiting.splice(0)) listener(bytes);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  leave(): void {
    this.#onLeave();
    this.#left.resolve();
  }
}
