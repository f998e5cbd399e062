import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { codeOf } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { type Entry, formatBase, formatName, type MaildirFolder, parseName, sortFlags } from './name.ts';
import { store } from './stored-bytes.ts';
import { uniqueName } from './unique.ts';

/** A message to be delivered. */
export interface Delivery {
  readonly uidvalidity: number;
  readonly tag: string;
  readonly uid: number;
  /** INTERNALDATE, milliseconds since 1970; becomes the file's time. */
  readonly internalDate: number;
  /** Maildir letters. A message with flags goes to `cur` whatever `folder` says. */
  readonly flags: string;
  readonly folder: MaildirFolder;
}

/** What changes a Maildir. Errors: Node's own from the disk, MailError `message-gone`. */
export interface MaildirChanges {
  /** Streams the server's bytes to the disk; nothing is left of it when `chunks` throws. */
  deliver(message: Delivery, chunks: AsyncIterable<Uint8Array>): Promise<Entry>;
  /** Renames the file so that it has these flags; the base name stays. From `new` it moves to `cur`. */
  setFlags(entry: Entry, flags: string): Promise<Entry>;
  /** Removes the message; one that is gone already is fine. */
  remove(entry: Entry): Promise<void>;
}

/** Changes that are on the disk for certain only once `commit` resolved: one directory sync for all of them. */
export interface MaildirBatch extends MaildirChanges {
  commit(): Promise<void>;
}

/** What a batch needs to know of its Maildir. */
interface Listed {
  readonly path: string;
  list(): Promise<Entry[]>;
}

/** Changes in one Maildir, written at once, durable with `commit`. */
export class FolderBatch implements MaildirBatch {
  readonly #maildir: Listed;
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #changed = new Set<MaildirFolder>();

  constructor(maildir: Listed, files: Files, clock: Clock) {
    this.#maildir = maildir;
    this.#files = files;
    this.#clock = clock;
  }

  async deliver(message: Delivery, chunks: AsyncIterable<Uint8Array>): Promise<Entry> {
    const unique = uniqueName(this.#clock.now());
    const temporary = this.#path('tmp', unique);
    const stored = await store(this.#files, temporary, message.internalDate, chunks);
    const folder = message.flags === '' ? message.folder : 'cur';
    const name = formatName(formatBase(unique, stored, message), folder, message.flags);
    await this.#files.rename(stored.path, this.#path(folder, name)).catch(async (error: unknown) => {
      await this.#files.unlink(stored.path).catch(() => {});
      throw error;
    });
    this.#changed.add(folder);
    return parseName(name, folder);
  }

  async setFlags(entry: Entry, flags: string): Promise<Entry> {
    const sorted = sortFlags(flags);
    if (sorted === entry.flags) return entry;
    const name = formatName(entry.base, 'cur', sorted);
    return this.#onFile(entry, async (found) => {
      await this.#files.rename(this.#path(found.folder, found.name), this.#path('cur', name));
      this.#changed.add(found.folder).add('cur');
      return parseName(name, 'cur');
    });
  }

  async remove(entry: Entry): Promise<void> {
    const unlink = async (found: Entry) => {
      await this.#files.unlink(this.#path(found.folder, found.name));
      this.#changed.add(found.folder);
    };
    await this.#onFile(entry, unlink).catch((error: unknown) => {
      if (codeOf(error) !== 'message-gone') throw error;
    });
  }

  async commit(): Promise<void> {
    // `cur` before `new`: after a power cut a message that moved is in both, never in neither.
    for (const folder of ['cur', 'new'] as const) {
      if (!this.#changed.has(folder)) continue;
      await this.#files.syncDirectory(join(this.#maildir.path, folder));
      this.#changed.delete(folder);
    }
  }

  /** Does `work` on the file, once more when a mail reader has renamed it meanwhile. */
  async #onFile<T>(entry: Entry, work: (found: Entry) => Promise<T>): Promise<T> {
    try {
      return await work(entry);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return work(await relocate(this.#maildir, entry));
    }
  }

  #path(folder: MaildirFolder | 'tmp', name: string): string {
    return join(this.#maildir.path, folder, name);
  }
}

/** The entry as it is named now: mail readers rename files. MailError `message-gone` when its base name is not there. */
export async function relocate(maildir: Listed, entry: Entry): Promise<Entry> {
  const found = (await maildir.list()).find((other) => other.base === entry.base);
  if (found) return found;
  throw new MailError(`${maildir.path}: message ${entry.base} is not there any more`, {
    code: 'message-gone',
    fields: { path: maildir.path, base: entry.base },
  });
}
