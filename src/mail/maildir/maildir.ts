import { join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { undefinedIfMissing } from '../../base/durable.ts';
import { type Files, nodeFiles } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { type Delivery, FolderBatch, type MaildirBatch, type MaildirChanges, relocate } from './batch.ts';
import { baseOf, type Entry, parseName } from './name.ts';
import { serverBytes } from './stored-bytes.ts';
import { beganAt } from './unique.ts';

/** The Maildir specification's age after which a file in tmp belongs to a delivery that failed. */
const LEFT_OVER_MS = 36 * 3600 * 1000;

/** A Maildir. Changes made on it directly are durable when they resolve. */
export interface Maildir extends MaildirChanges {
  readonly path: string;
  /** Every message, by name alone: two directory reads, no look at any file. */
  list(): Promise<Entry[]>;
  /** The same, an entry at a time, for mailboxes whose entries are too many to be kept. */
  scan(): Promise<Iterable<Entry>>;
  batch(): MaildirBatch;
  /**
   * The message as the server has it, byte for byte; `serverBytes: false`: as it is on the disk.
   * Throws MailError `message-gone` or `disk` (another program changed the file).
   */
  read(entry: Entry, options?: { serverBytes?: boolean }): AsyncIterable<Uint8Array>;
  /** Bytes that `read` will give. Free when the name says it; else the file is read. */
  size(entry: Entry): Promise<number>;
  /** INTERNALDATE (the file's time), milliseconds since 1970. */
  internalDate(entry: Entry): Promise<number>;
}

export interface MaildirOptions {
  readonly files?: Files;
  /** Makes the directories when they are not there; else MailError `no-mailbox`. */
  readonly create?: boolean;
  readonly clock?: Clock;
}

/** Opens a Maildir and clears its tmp of deliveries that failed more than 36 h ago. */
export async function openMaildir(path: string, options: MaildirOptions = {}): Promise<Maildir> {
  const files = options.files ?? nodeFiles;
  const clock = options.clock ?? systemClock;
  if (options.create) await createDirectories(path, files);
  else await requireDirectories(path, files);
  await sweepTmp(join(path, 'tmp'), files, clock);
  return new DirectoryMaildir(path, files, clock);
}

async function createDirectories(path: string, files: Files): Promise<void> {
  for (const folder of ['tmp', 'new', 'cur']) await files.makeDirectory(join(path, folder));
}

async function requireDirectories(path: string, files: Files): Promise<void> {
  for (const folder of ['cur', 'new', 'tmp']) {
    const found = await files.stat(join(path, folder)).catch(undefinedIfMissing);
    if (!found?.isDirectory) {
      throw new MailError(`${path}: no Maildir there (no ${folder})`, {
        code: 'no-mailbox',
        fields: { path },
      });
    }
  }
}

/** The age comes from the name where it can: a file that is being delivered may already have its old INTERNALDATE. */
async function sweepTmp(tmp: string, files: Files, clock: Clock): Promise<void> {
  for (const name of await files.list(tmp)) {
    const path = join(tmp, name);
    const began = beganAt(name) ?? (await files.stat(path).catch(undefinedIfMissing))?.mtimeMs;
    if (began !== undefined && clock.now() - began > LEFT_OVER_MS) {
      await files.unlink(path).catch(undefinedIfMissing);
    }
  }
}

class DirectoryMaildir implements Maildir {
  readonly path: string;
  readonly #files: Files;
  readonly #clock: Clock;

  constructor(path: string, files: Files, clock: Clock) {
    this.path = path;
    this.#files = files;
    this.#clock = clock;
  }

  async list(): Promise<Entry[]> {
    return [...(await this.scan())];
  }

  async scan(): Promise<Iterable<Entry>> {
    // `new` first: a message that a mail reader moves meanwhile is then seen in both, never in neither.
    const fresh = (await this.#files.list(join(this.path, 'new'))).filter(isMessage);
    const current = (await this.#files.list(join(this.path, 'cur'))).filter(isMessage);
    return entries(fresh, current);
  }

  batch(): MaildirBatch {
    return new FolderBatch(this, this.#files, this.#clock);
  }

  async deliver(message: Delivery, chunks: AsyncIterable<Uint8Array>): Promise<Entry> {
    return this.#durably((batch) => batch.deliver(message, chunks));
  }

  async setFlags(entry: Entry, flags: string): Promise<Entry> {
    return this.#durably((batch) => batch.setFlags(entry, flags));
  }

  async remove(entry: Entry): Promise<void> {
    await this.#durably((batch) => batch.remove(entry));
  }

  async *read(entry: Entry, options: { serverBytes?: boolean } = {}): AsyncGenerator<Uint8Array> {
    const path = await this.#find(entry);
    if (options.serverBytes === false) yield* this.#files.readStream(path);
    else yield* serverBytes(this.#files, path, entry.size);
  }

  async size(entry: Entry): Promise<number> {
    if (entry.size !== undefined) return entry.size;
    let size = 0;
    for await (const chunk of this.read(entry)) size += chunk.length;
    return size;
  }

  async internalDate(entry: Entry): Promise<number> {
    return Math.round((await this.#files.stat(await this.#find(entry))).mtimeMs);
  }

  async #durably<T>(work: (batch: MaildirBatch) => Promise<T>): Promise<T> {
    const batch = new FolderBatch(this, this.#files, this.#clock);
    const result = await work(batch);
    await batch.commit();
    return result;
  }

  /** The path of the entry, looked for under its base name when a mail reader has renamed the file. */
  async #find(entry: Entry): Promise<string> {
    const path = join(this.path, entry.folder, entry.name);
    if (await this.#files.stat(path).catch(undefinedIfMissing)) return path;
    const now = await relocate(this, entry);
    return join(this.path, now.folder, now.name);
  }
}

/** Each base name once: `cur` counts. */
function* entries(fresh: readonly string[], current: readonly string[]): Generator<Entry> {
  const both = new Map(fresh.map((name) => [baseOf(name), name]));
  for (const name of current) {
    if (both.size > 0) both.delete(baseOf(name));
    yield parseName(name, 'cur');
  }
  for (const name of both.values()) yield parseName(name, 'new');
}

/** Names that begin with a dot are not messages (Maildir specification). */
function isMessage(name: string): boolean {
  return !name.startsWith('.');
}
