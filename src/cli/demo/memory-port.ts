import { type FarEnd, memoryLine } from '../../modem/memory-line.ts';
import type { SerialLine } from '../../modem/serial-line.ts';
import type { BytePort } from '../../simulator/byte-port.ts';

type DataListener = (bytes: Uint8Array) => void;
type DtrListener = (on: boolean) => void;

/** A modem's port where there are no PTYs: it stays with the modem while programs open and close their line to it. */
export class MemoryPort implements BytePort {
  readonly path: string;
  /** Absent where there is no such wire. */
  readonly onDtr?: (listener: DtrListener) => () => void;
  readonly #listeners = new Set<DataListener>();
  readonly #dtrListeners = new Set<DtrListener>();
  #far: FarEnd | undefined;

  /** `dtr`: with that wire. */
  constructor(path: string, { dtr = false }: { readonly dtr?: boolean } = {}) {
    this.path = path;
    if (!dtr) return;
    this.onDtr = (listener) => {
      this.#dtrListeners.add(listener);
      return () => this.#dtrListeners.delete(listener);
    };
  }

  /** A new line to the modem; the one before it is gone. */
  open(): SerialLine {
    this.#far?.close();
    const { line, far } = memoryLine(this.path, this.onDtr && { onDtr: (on) => this.#setDtr(on) });
    // As a port does: on while a program has it open.
    this.#setDtr(true);
    void far.closed.then(() => {
      if (this.#far === far) this.#setDtr(false);
    });
    far.onData((bytes) => {
      for (const listener of [...this.#listeners]) listener(bytes);
    });
    this.#far = far;
    return line;
  }

  /** What the modem says while no program has the port open is lost, as on a real one. */
  write(bytes: Uint8Array): void {
    this.#far?.write(bytes);
  }

  #setDtr(on: boolean): void {
    for (const listener of this.#dtrListeners) listener(on);
  }

  onData(listener: DataListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
