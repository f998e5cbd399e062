import { settlable } from '../base/settlable.ts';
import type { SerialLine } from './serial-line.ts';

/** The line as raw bytes, between CONNECT and `leave`. */
export interface DataPhase {
  /** The whole line: `CONNECT 115200`. */
  readonly connect: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Absent where the line has no such wire. */
  readonly setDtr?: ((on: boolean) => Promise<void>) | undefined;
  /** Whether bytes are taken from the line at all; where it cannot be told to wait, they come all the same. */
  flow(on: boolean): void;
  /** Adds a listener; what came before the first one is kept for it. */
  onData(listener: (bytes: Uint8Array) => void): () => void;
  /**
   * Gives the line back to AT commands. The modem must be in command mode again: the call has ended
   * (NO CARRIER), or the caller has sent `+++` with its pauses. Commands that waited run then.
   * `rest`: bytes that came already and are lines of the modem again.
   */
  leave(rest?: Uint8Array): void;
}

/** The part of a serial line that a data phase uses. */
export type PhaseLine = Pick<SerialLine, 'write' | 'setDtr' | 'flow'>;

/** The bytes of a data call, from the moment its CONNECT was seen. */
export class OpenDataPhase implements DataPhase {
  readonly connect: string;
  readonly setDtr: DataPhase['setDtr'];
  readonly #line: PhaseLine;
  readonly #onLeave: (rest: Uint8Array) => void;
  readonly #left = settlable();
  #waiting: Uint8Array[] = [];
  #listeners: ((bytes: Uint8Array) => void)[] = [];

  constructor(connect: string, line: PhaseLine, onLeave: (rest: Uint8Array) => void) {
    this.connect = connect;
    this.#line = line;
    this.setDtr = line.setDtr && ((on) => line.setDtr?.(on) ?? Promise.resolve());
    this.#onLeave = onLeave;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#line.write(bytes);
  }

  flow(on: boolean): void {
    this.#line.flow?.(on);
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

  leave(rest: Uint8Array = new Uint8Array()): void {
    this.flow(true);
    this.#onLeave(rest);
    this.#left.resolve();
  }
}
