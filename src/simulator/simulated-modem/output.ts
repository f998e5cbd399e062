import type { Clock } from '../../base/clock.ts';
import { Queue } from '../../base/queue.ts';
import { settlable } from '../../base/settlable.ts';
import type { BytePort } from '../byte-port.ts';
import type { Faults } from '../faults.ts';

/** Pieces of this time go out at once: shorter ones cost more than they show. */
const PIECE_MS = 10;
const SMALLEST_PIECE = 64;
/** Timers cannot do better; what is waited too little for one piece is waited with the next. */
const SHORTEST_WAIT_MS = 1;
const BITS_PER_BYTE = 10;
const BUFFER_BYTES = 1024;

/** Bytes to the terminal, each in its time (10 bits a byte), with the faults of the line. */
export class ByteOutput {
  readonly #port: BytePort;
  readonly #clock: Clock;
  readonly #baudRate: number;
  readonly #faults: Faults;
  readonly #queue = new Queue<{ readonly bytes: Uint8Array; readonly since: number }>();
  #sent = 0;
  /** Bytes that are not on the line yet. */
  #backlog = 0;
  #room = settlable();

  constructor(port: BytePort, clock: Clock, baudRate: number, faults: Faults) {
    this.#port = port;
    this.#clock = clock;
    this.#baudRate = baudRate;
    this.#faults = faults;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#faults.silent) return;
    const sent = this.#withFaults(bytes);
    this.#backlog += sent.length;
    this.#queue.push({ bytes: sent, since: this.#clock.monotonic() });
  }

  /** Resolves when the modem's buffer has room again, as flow control tells: what waits in it comes before NO CARRIER. */
  async room(): Promise<void> {
    while (this.#backlog > BUFFER_BYTES) {
      this.#room = settlable();
      await this.#room.promise;
    }
  }

  /** Sends until the signal fires. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#queue.end(), { once: true });
    let freeAt = 0;
    for await (const { bytes, since } of this.#queue) {
      freeAt = Math.max(freeAt, since);
      for (const piece of this.#pieces(bytes)) {
        freeAt += (piece.length * BITS_PER_BYTE * 1000) / this.#baudRate;
        const wait = freeAt - this.#clock.monotonic();
        try {
          if (wait >= SHORTEST_WAIT_MS) await this.#clock.sleep(wait, signal);
          await this.#port.write(piece);
        } catch {
          return;
        } finally {
          this.#backlog -= piece.length;
          this.#room.resolve();
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
