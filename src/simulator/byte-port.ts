/** The modem's side of a serial line: bytes out, bytes in. A `Pty`, one end of a pair in memory, a real port. */
export interface BytePort {
  /** A promise is waited for before the next bytes are written: that is the flow control. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Adds a listener for what the terminal sends; returns the function that removes it. */
  onData(listener: (bytes: Uint8Array) => void): () => void;
  /** Adds a listener for the DTR wire, as the terminal sets it. Absent where there is none. */
  readonly onDtr?: ((listener: (on: boolean) => void) => () => void) | undefined;
}

/** Two ports in memory, joined crosswise. What is written before anybody listens at the other end is lost. */
export function bytePortPair(): [BytePort, BytePort] {
  const left = new Listeners();
  const right = new Listeners();
  return [
    { write: (bytes) => right.emit(bytes), onData: (listener) => left.add(listener) },
    { write: (bytes) => left.emit(bytes), onData: (listener) => right.add(listener) },
  ];
}

type DataListener = (bytes: Uint8Array) => void;

class Listeners {
  readonly #all = new Set<DataListener>();

  add(listener: DataListener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  emit(bytes: Uint8Array): void {
    const copy = Uint8Array.from(bytes);
    queueMicrotask(() => {
      for (const listener of this.#all) listener(copy);
    });
  }
}
