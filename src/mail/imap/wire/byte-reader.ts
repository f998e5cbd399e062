import type { Readable } from 'node:stream';
import { type ConfusedCode, confused, lost } from './wire-error.ts';

const LF = 10;
const CR = 13;

/** The chunks of a stream, pulled one by one; leaving the iteration does not destroy the stream. */
export function chunksOf(stream: Readable): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) };
}

/** Makes the source to go on with; `unread` had come from the one before and was not read yet. */
export type NextSource = (unread: Buffer) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;

/** Cuts a byte stream into lines and counted pieces, holding no more than the line that it reads. */
export class ByteReader {
  readonly #code: ConfusedCode;
  #source: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>, code: ConfusedCode) {
    this.#source = source[Symbol.asyncIterator]();
    this.#code = code;
  }

  /**
   * A line without its CRLF (a bare LF also ends it); undefined when the stream ended before its first byte.
   * A longer one is passed over to its end and throws.
   */
  async line(maxBytes: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      if (this.#chunk.length === 0 && !(await this.#pull())) {
        if (length === 0) return undefined;
        throw lost('in the middle of a line');
      }
      const end = this.#chunk.indexOf(LF);
      const piece = this.#cut(end < 0 ? this.#chunk.length : end + 1);
      length += piece.length;
      if (length <= maxBytes + 2) pieces.push(piece);
      else pieces.length = 0;
      if (end >= 0) break;
    }
    if (length > maxBytes + 2) throw confused(this.#code, `a line is longer than ${maxBytes} bytes`);
    return withoutLineEnd(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, length));
  }

  /** The next 1 to `maxBytes` bytes, as they come. Throws `session-lost` when there are no more. */
  async piece(maxBytes: number): Promise<Buffer> {
    while (this.#chunk.length === 0) {
      if (!(await this.#pull())) throw lost('in the middle of a literal');
    }
    return this.#cut(Math.min(maxBytes, this.#chunk.length));
  }

  /** Goes on with another source (TLS, inflate); nothing reads the stream while `next` makes it. */
  async replaceSource(next: NextSource): Promise<void> {
    const unread = this.#cut(this.#chunk.length);
    await this.#source.return?.();
    this.#source = (await next(unread))[Symbol.asyncIterator]();
  }

  async #pull(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    return true;
  }

  #cut(length: number): Buffer {
    const piece = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    return piece;
  }
}

function withoutLineEnd(line: Buffer): Buffer {
  const end = line.length - 1;
  return line.subarray(0, end > 0 && line[end - 1] === CR ? end - 1 : end);
}
