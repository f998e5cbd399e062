import type { Clock } from '../../base/clock.ts';
import { settlable } from '../../base/settlable.ts';

/** Bytes from the terminal, available when the line has carried them: 10 bits a byte. */
export class ByteInput {
  readonly #clock: Clock;
  readonly #baudRate: number;
  readonly #signal: AbortSignal;
  #chunks: { readonly bytes: Uint8Array; readonly due: number }[] = [];
  #at = 0;
  #freeAt = 0;
  #wake = settlable();

  constructor(clock: Clock, baudRate: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#baudRate = baudRate;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake.resolve(), { once: true });
  }

  push(bytes: Uint8Array): void {
    this.#freeAt = Math.max(this.#freeAt, this.#clock.monotonic()) + (bytes.length * 10_000) / this.#baudRate;
    this.#chunks.push({ bytes: Uint8Array.from(bytes), due: this.#freeAt });
    this.#wake.resolve();
  }

  /** Resolves when `take` has something to give, at once or after the time of its bytes. */
  async available(): Promise<void> {
    while (this.#chunks.length === 0) {
      await this.#wake.promise;
      this.#signal.throwIfAborted();
      if (this.#chunks.length === 0) this.#wake = settlable();
    }
  }

  /** Between 1 and `most` bytes, as soon as there are any. Rejects with the signal's reason. */
  async take(most = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    let chunk = this.#chunks[0];
    while (!chunk) {
      await this.#wake.promise;
      this.#signal.throwIfAborted();
      this.#wake = settlable();
      chunk = this.#chunks[0];
    }
    const wait = chunk.due - this.#clock.monotonic();
    if (wait > 0) await this.#clock.sleep(wait, this.#signal);
    const taken = chunk.bytes.subarray(this.#at, this.#at + most);
    this.#at += taken.length;
    if (this.#at < chunk.bytes.length) return taken;
    this.#chunks.shift();
    this.#at = 0;
    return taken;
  }

  /** Puts back what was taken and is not wanted yet. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const rest = this.#chunks[0]?.bytes.subarray(this.#at);
    if (this.#at > 0 && rest) this.#chunks[0] = { bytes: rest, due: 0 };
    this.#at = 0;
    this.#chunks.unshift({ bytes, due: 0 });
  }
}
