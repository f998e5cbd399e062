import { pipeline, Readable } from 'node:stream';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw } from 'node:zlib';
import { chunksOf } from '../wire/byte-reader.ts';

/** COMPRESS=DEFLATE (RFC 4978), outgoing: each flight is flushed, so that the server can act on it. */
export class Deflater {
  readonly #deflate: DeflateRaw = createDeflateRaw({ level: constants.Z_BEST_COMPRESSION });

  constructor(out: (bytes: Buffer) => void) {
    this.#deflate.on('data', out);
  }

  write(flight: Buffer): void {
    this.#deflate.write(flight);
    this.#deflate.flush(constants.Z_SYNC_FLUSH);
  }

  /** Resolves when all that was written has been given out. */
  async drain(): Promise<void> {
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()));
  }

  close(): void {
    this.#deflate.close();
  }
}

/**
 * COMPRESS=DEFLATE, incoming: `unread`, which had come already, then `source`. Ends when all that came before the
 * end of the source was inflated; the deflate stream itself never ends, so that is no error.
 */
export function inflated(unread: Buffer, source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  const compressed = Readable.from(after(unread, source), { objectMode: false });
  pipeline(compressed, inflate, () => {});
  return chunksOf(inflate);
}

async function* after(unread: Buffer, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (unread.length > 0) yield unread;
  yield* source;
}
