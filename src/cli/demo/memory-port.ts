import { type FarEnd, memoryLine } from '../../modem/memory-line.ts';
import type { SerialLine } from '../../modem/serial-line.ts';
import type { BytePort } from '../../simulator/byte-port.ts';

type DataListener = (bytes: Uint8Array) => void;

/** A modem's port where there are no PTYs: it stays with the modem while programs open and close their line to it. */
export class MemoryPort implements BytePort {
  readonly path: string;
  readonly #listeners = new Set<DataListener>();
  #far: FarEnd | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** A new line to the modem; the one before it is gone. */
  open(): SerialLine {
    this.#far?.close();
    const { line, far } = memoryLine(this.path);
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

  onData(listener: DataListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
