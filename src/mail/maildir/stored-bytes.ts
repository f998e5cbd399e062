import type { Files, FileWriter } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { addCrs, CrlfNormaliser, CrlfStripper } from './line-ends.ts';

const CR = Uint8Array.of(0x0d);

/** What a finished writing came to. */
export interface Stored {
  /** Of the file that holds the message: it is another one when the message had to be stored raw after all. */
  readonly path: string;
  /** Server bytes that came in. */
  readonly size: number;
  /** Bytes of the file. */
  readonly fileSize: number;
}

/**
 * Writes a message to a new file at `path` as described in line-ends.ts, sets its time and syncs it.
 * Memory stays at a chunk: a bare CR or LF far into the message leads to a second file (`path` + `r`) into which
 * the first is put back. On any error both files are gone and the error is thrown.
 */
export async function store(
  files: Files,
  path: string,
  mtimeMs: number,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Stored> {
  const made: string[] = [];
  let file: FileWriter | undefined;
  try {
    const writing = new Writing(files, path, made);
    file = writing;
    await writing.begin();
    for await (const chunk of chunks) await writing.write(chunk);
    await writing.finish();
    await files.utimes(writing.path, mtimeMs);
    await writing.sync();
    await writing.close();
    return { path: writing.path, size: writing.size, fileSize: writing.fileSize };
  } catch (error) {
    await file?.close().catch(() => {});
    for (const one of made) await files.unlink(one).catch(() => {});
    throw error;
  }
}

class Writing implements FileWriter {
  readonly #files: Files;
  readonly #made: string[];
  readonly #stripper = new CrlfStripper();
  #file: FileWriter | undefined;
  #raw = false;
  path: string;
  size = 0;
  fileSize = 0;

  constructor(files: Files, path: string, made: string[]) {
    this.#files = files;
    this.#made = made;
    this.path = path;
  }

  async begin(): Promise<void> {
    this.#made.push(this.path);
    this.fileSize = 0;
    this.#file = await this.#files.create(this.path);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.size += chunk.length;
    const stripped = this.#raw ? undefined : this.#stripper.strip(chunk);
    if (!stripped) await this.#toRaw();
    await this.#put(stripped ?? chunk);
  }

  /** A CR as the very last byte is a bare one. */
  async finish(): Promise<void> {
    if (!this.#raw && this.#stripper.pendingCr) await this.#toRaw();
  }

  async sync(): Promise<void> {
    await this.#file?.sync();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** From here on bytes are stored as they come; what is stored already gets its CRs back. */
  async #toRaw(): Promise<void> {
    if (this.#raw) return;
    this.#raw = true;
    if (this.#stripper.lines > 0) await this.#rewriteRaw();
    if (this.#stripper.pendingCr) await this.#put(CR);
  }

  async #rewriteRaw(): Promise<void> {
    const converted = this.path;
    await this.close();
    this.path = `${converted}r`;
    await this.begin();
    for await (const chunk of this.#files.readStream(converted)) await this.#put(addCrs(chunk));
    await this.#files.unlink(converted);
  }

  async #put(chunk: Uint8Array): Promise<void> {
    this.fileSize += chunk.length;
    if (chunk.length > 0) await this.#file?.write(chunk);
  }
}

/**
 * The server's bytes of a stored message, chunk by chunk. `size` is what the name says; without it the file is
 * another program's, and every bare LF becomes CRLF. Throws MailError `disk` when the file is not what was stored.
 */
export async function* serverBytes(
  files: Files,
  path: string,
  size: number | undefined,
): AsyncGenerator<Uint8Array> {
  const onDisk = (await files.stat(path)).size;
  if (size !== undefined && onDisk > size) throw altered(path, size, onDisk);
  const normaliser = size === undefined ? new CrlfNormaliser() : undefined;
  const raw = onDisk === size;
  let sent = 0;
  for await (const chunk of files.readStream(path)) {
    const bytes = normaliser ? normaliser.add(chunk) : raw ? (chunk as Uint8Array) : addCrs(chunk);
    sent += bytes.length;
    if (bytes.length > 0) yield bytes;
  }
  if (size !== undefined && sent !== size) throw altered(path, size, sent);
}

function altered(path: string, size: number, found: number): MailError {
  return new MailError(
    `${path}: holds ${found} bytes where ${size} were stored; another program changed it`,
    {
      code: 'disk',
      fields: { path, size, found },
    },
  );
}
