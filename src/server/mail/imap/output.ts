import type { Duplex, Writable } from 'node:stream';
import { constants, createDeflateRaw, type DeflateRaw } from 'node:zlib';
import type { Clock } from '../../../base/clock.ts';
import { settlable } from '../../../base/settlable.ts';

/** Pieces are put together up to this many bytes, so that the answers to one flight leave in one packet. */
const HOLD_BYTES = 32 * 1024;

/** How long a client may take nothing of what is written, milliseconds. */
export interface Patience {
  readonly clock: Clock;
  readonly stallTimeout: number;
}

/** What the server writes: collected, compressed once that is agreed, and never faster than the client reads. */
export class Output {
  #socket: Duplex;
  #deflate: DeflateRaw | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;

  readonly #patience: Patience;

  constructor(socket: Duplex, patience: Patience) {
    this.#socket = socket;
    this.#patience = patience;
  }

  /** Text of one character per byte (`latin1`), without line end. */
  line(text: string): void {
    this.text(`${text}\r\n`);
  }

  text(text: string): void {
    this.#hold(Buffer.from(text, 'latin1'));
  }

  /** Bytes of a message; waits while the client is slow. */
  async bytes(chunk: Uint8Array): Promise<void> {
    this.#hold(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    await this.relieve();
  }

  /** Passes on what is held if it is much, and waits while the client is slow. */
  async relieve(): Promise<void> {
    if (this.#heldBytes >= HOLD_BYTES) await this.#pass();
  }

  /** Everything to the client: the end of a flight. */
  async flush(): Promise<void> {
    if (this.#heldBytes === 0) return;
    await this.#pass();
    const deflate = this.#deflate;
    if (!deflate) return;
    const flushed = settlable();
    const onFlushed = () => flushed.resolve();
    deflate.once('close', onFlushed);
    // RFC 4978 4: so that the other side can inflate all that was written.
    deflate.flush(constants.Z_SYNC_FLUSH, onFlushed);
    await flushed.promise;
    deflate.off('close', onFlushed);
  }

  /** Everything after this is compressed (RFC 4978); what was written before goes out as it is. */
  async compress(): Promise<void> {
    await this.flush();
    this.#deflate = createDeflateRaw({ level: 6 });
    this.#deflate.on('error', () => this.#socket.destroy());
    this.#deflate.pipe(this.#socket);
  }

  /** Goes on over another stream (STARTTLS). */
  async replace(socket: Duplex): Promise<void> {
    await this.flush();
    this.#socket = socket;
  }

  /** Ends the connection behind what was written. */
  async end(): Promise<void> {
    await this.flush();
    (this.#deflate ?? this.#socket).end();
  }

  async #cutOff(over: AbortSignal): Promise<void> {
    const socket = this.#socket;
    await this.#patience.clock.sleep(this.#patience.stallTimeout, over);
    socket.destroy();
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  async #pass(): Promise<void> {
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    const sink: Writable = this.#deflate ?? this.#socket;
    if (this.#socket.destroyed || sink.writableEnded || sink.write(bytes)) return;
    const over = new AbortController();
    this.#cutOff(over.signal).catch(() => {});
    await drained(sink, this.#socket).finally(() => over.abort());
  }
}

/** Waits for `drain`, or until the connection is gone: then there is nothing to wait for. */
async function drained(sink: Writable, socket: Duplex): Promise<void> {
  const done = settlable();
  const onDone = () => done.resolve();
  sink.once('drain', onDone);
  socket.once('close', onDone);
  try {
    await done.promise;
  } finally {
    sink.off('drain', onDone);
    socket.off('close', onDone);
  }
}
