import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { undefinedIfMissing } from '../../base/durable.ts';
import { codeOf } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { openMaildir } from '../maildir/maildir.ts';
import { type Entry, formatName, type MaildirFolder, parseName } from '../maildir/name.ts';

/** A message that waits, with what tells whether it was changed since. */
export interface Waiting {
  readonly entry: Entry;
  /** Bytes on the disk. */
  readonly size: number;
  readonly mtimeMs: number;
  /** The same message in `new`, left there by a crash or in this instant by a mail reader. */
  readonly twin?: Entry | undefined;
}

/** The Outbox: a Maildir into which other programs put messages, and in which they may rename and remove them at any time. */
export class Spool {
  readonly path: string;
  readonly #files: Files;
  readonly #clock: Clock;

  constructor(path: string, files: Files, clock: Clock) {
    this.path = path;
    this.#files = files;
    this.#clock = clock;
  }

  /** Makes its directories where they are missing, and removes what deliveries that failed long ago left in `tmp`. */
  async open(): Promise<void> {
    await openMaildir(this.path, { files: this.#files, clock: this.#clock, create: true });
  }

  /**
   * The messages that are to be sent, oldest first; not those that the user deleted (T) or still writes (D). Two directory
   * reads and a stat for each message; makes the directories when they are not there.
   */
  async waiting(): Promise<Waiting[]> {
    const entries = await this.#entries();
    const found: Waiting[] = [];
    for (const { entry, twin } of entries.values()) {
      const seen = /[TD]/.test(entry.flags) ? undefined : await this.look(entry);
      if (seen) found.push({ ...seen, twin });
    }
    return found.sort(byTime);
  }

  /** The message as it is on the disk now; undefined when it is gone. */
  async look(entry: Entry): Promise<Waiting | undefined> {
    const stat = await this.#files.stat(this.pathOf(entry)).catch(undefinedIfMissing);
    return stat && { entry, size: stat.size, mtimeMs: stat.mtimeMs };
  }

  pathOf({ folder, name }: Entry): string {
    return join(this.path, folder, name);
  }

  /** Marks it for the user, durably. Another program's removal comes before it: then nothing is to be done. */
  async flag(entry: Entry, letter: string): Promise<void> {
    await this.#onFile(entry, async (found) => {
      const name = formatName(found.base, 'cur', `${found.flags}${letter}`);
      if (found.folder === 'cur' && found.name === name) return;
      await this.#files.rename(this.pathOf(found), join(this.path, 'cur', name));
      await this.#sync(['cur', found.folder]);
    });
  }

  /** Moves the message to a path in another Maildir, durably there first; false when the user removed it meanwhile. */
  async moveOut(entry: Entry, directory: string, name: string): Promise<boolean> {
    return this.#onFile(entry, async (found) => {
      await this.#files.rename(this.pathOf(found), join(directory, name));
      await this.#files.syncDirectory(directory);
      await this.#sync([found.folder]);
    });
  }

  /** One message, one file: else the other one would be sent after this one is filed. */
  async removeTwin({ twin }: Waiting): Promise<void> {
    if (!twin) return;
    await this.#files.unlink(this.pathOf(twin)).catch(undefinedIfMissing);
    await this.#sync([twin.folder]);
  }

  /** Puts other bytes in the place of the message, durably, with the time that it had. */
  async replace(
    { entry, mtimeMs }: Waiting,
    unique: string,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const temporary = join(this.path, 'tmp', unique);
    const writer = await this.#files.create(temporary);
    try {
      for await (const chunk of bytes) await writer.write(chunk);
      await this.#files.utimes(temporary, mtimeMs);
      await writer.sync();
    } finally {
      await writer.close();
    }
    if (!(await this.look(entry))) throw gone(this.path, entry);
    await this.#files.rename(temporary, this.pathOf(entry));
    await this.#sync([entry.folder]);
  }

  /** By base name; of twins the one in `cur` counts. `new` is read first: what moves meanwhile is seen in both. */
  async #entries(): Promise<Map<string, { entry: Entry; twin?: Entry | undefined }>> {
    const entries = new Map<string, { entry: Entry; twin?: Entry | undefined }>();
    for (const folder of ['new', 'cur'] as const) {
      for (const name of await this.#list(folder)) {
        const entry = parseName(name, folder);
        const twin = entries.get(entry.base)?.entry;
        if (!name.startsWith('.')) entries.set(entry.base, { entry, twin });
      }
    }
    return entries;
  }

  async #list(folder: MaildirFolder): Promise<string[]> {
    const names = await this.#files.list(join(this.path, folder)).catch(undefinedIfMissing);
    if (names) return names;
    await this.open();
    return [];
  }

  /** Does `work` on the file, once more when a mail reader has renamed it meanwhile; false when it is gone. */
  async #onFile(entry: Entry, work: (found: Entry) => Promise<void>): Promise<boolean> {
    try {
      await work(entry);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      const found = (await this.#entries()).get(entry.base)?.entry;
      if (found) await work(found);
      return found !== undefined;
    }
  }

  async #sync(folders: readonly MaildirFolder[]): Promise<void> {
    for (const folder of new Set(folders)) await this.#files.syncDirectory(join(this.path, folder));
  }
}

function byTime(a: Waiting, b: Waiting): number {
  return a.mtimeMs - b.mtimeMs || (a.entry.base < b.entry.base ? -1 : 1);
}

function gone(path: string, { base }: Entry): MailError {
  const message = `${path}: message ${base} was renamed or removed by another program`;
  return new MailError(message, { code: 'message-gone', temporary: true, fields: { path, base } });
}
