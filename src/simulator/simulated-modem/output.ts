import type { Clock } from '../../base/clock.ts';
import { Queue } from '../../base/queue.ts';
import type { BytePort } from '../byte-port.ts';
import type { Faults } from '../faults.ts';

/** Pieces of this time go out at once: shorter ones cost more than they show. */
const PIECE_MS = 10;
const SMALLEST_PIECE = 64;
const BITS_PER_BYTE = 10;

/** Bytes to the terminal, each in its time (10 bits a byte), with the faults of the line. */
export class ByteOutput {
  readonly #port: BytePort;
  readonly #clock: Clock;
  readonly #baudRate: number;
  readonly #faults: Faults;
  readonly #queue = new Queue<Uint8Array>();
  #sent = 0;

  constructor(port: BytePort, clock: Clock, baudRate: number, faults: Faults) {
    this.#port = port;
    this.#clock = clock;
    this.#baudRate = baudRate;
    this.#faults = faults;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.#faults.silent) this.#queue.push(this.#withFaults(bytes));
  }

  /** Sends until the signal fires. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#queue.end(), { once: true });
    let freeAt = 0;
    for await (const bytes of this.#queue) {
      for (const piece of this.#pieces(bytes)) {
        const now = this.#clock.monotonic();
        freeAt = Math.max(freeAt, now - PIECE_MS) + (piece.length * BITS_PER_BYTE * 1000) / this.#baudRate;
        try {
          if (freeAt - now >= 1) await this.#clock.sleep(freeAt - now, signal);
          await this.#port.write(piece);
        } catch {
          return;
        }
      }
    }
  }

  *#pieces(bytes: Uint8Array): Iterable<Uint8Array> {
    const inTime = (this.#baudRate / BITS_PER_BYTE / 1000) * PIECE_MS;
    const size = this.#faults.splitWrites || Math.max(SMALLEST_PIECE, Math.floor(inTime));
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  #withFaults(bytes: Uint8Array): Uint8Array {
    const nth = this.#faults.dropEveryNth;
    const before = this.#sent;
    this.#sent += bytes.length;
    return nth > 0 ? bytes.filter((_, index) => (before + index + 1) % nth !== 0) : bytes;
  }
}
