import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Files, FileWriter } from '../../../base/files.ts';

/** Messages up to this size wait in memory. */
const MEMORY_BYTES = 256 * 1024;

/**
 * A message while it comes in. A UID may only be given when the whole message is here: a client that was
 * told a higher UIDNEXT would never look for it again. So a slow sender writes here, and holds up nobody.
 */
export class Spool implements AsyncDisposable {
  readonly #files: Files;
  readonly #path: string;
  #memory: Uint8Array[] = [];
  #writer: FileWriter | undefined;
  #onDisk = false;
  #size = 0;

  constructor(files: Files, directory: string) {
    this.#files = files;
    this.#path = join(directory, `incoming-${process.pid}-${randomBytes(8).toString('hex')}`);
  }

  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    if (!this.#onDisk && this.#size <= MEMORY_BYTES) {
      // A copy: the socket's buffer is larger than the piece of it.
      this.#memory.push(Uint8Array.from(chunk));
      return;
    }
    const writer = await this.#file();
    await writer.write(chunk);
  }

  /** Ends the writing. */
  async end(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.close();
  }

  /** The message from its beginning; any number of times. */
  read(): AsyncIterable<Uint8Array> {
    return this.#onDisk ? this.#files.readStream(this.#path) : inMemory(this.#memory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end().catch(() => {});
    this.#memory = [];
    if (this.#onDisk) await this.#files.unlink(this.#path).catch(() => {});
  }

  async #file(): Promise<FileWriter> {
    if (this.#writer) return this.#writer;
    this.#writer = await this.#files.create(this.#path);
    this.#onDisk = true;
    for (const chunk of this.#memory) await this.#writer.write(chunk);
    this.#memory = [];
    return this.#writer;
  }
}

async function* inMemory(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
