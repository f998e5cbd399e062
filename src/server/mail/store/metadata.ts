import { z } from 'zod';
import { type Document, openDocument } from '../../../base/document.ts';
import type { Files } from '../../../base/files.ts';
import { deviceId } from '../../../bus/topics.ts';
import { ENTRIES } from '../../annotations.ts';
import { MailServerError } from '../errors.ts';
import { Listeners } from './changes.ts';

/** Largest value in bytes and most entries of one mailbox: what a client may make us keep (RFC 5464 4.3). */
export const MAX_VALUE = 8 * 1024;
export const MAX_ENTRIES = 64;
export const MAX_ENTRY_NAME = 200;

const schema = z.object({
  /** By name in lower case; values of one character a byte. */
  entries: z.record(z.string(), z.string()),
  /** The device id that the configuration last gave to this mailbox. */
  offered: deviceId.nullable(),
});

/** Changes of entries; null removes one. */
export type MetadataChanges = ReadonlyMap<string, string | null>;

/** What is written at one mailbox, or at an account (RFC 5464). Names in lower case, values of one character a byte. */
export class Metadata {
  readonly #document: Document<z.infer<typeof schema>>;
  readonly #listeners = new Listeners<readonly string[]>();

  private constructor(document: Document<z.infer<typeof schema>>) {
    this.#document = document;
  }

  static async open(path: string, files: Files): Promise<Metadata> {
    return new Metadata(await openDocument({ path, schema, initial: { entries: {}, offered: null }, files }));
  }

  get(name: string): string | undefined {
    const { entries } = this.#document.data;
    return Object.hasOwn(entries, name) ? entries[name] : undefined;
  }

  /** Sorted by name. */
  entries(): readonly (readonly [name: string, value: string])[] {
    return Object.entries(this.#document.data.entries).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** All of these changes or none; durable when it resolves. Throws `metadata-too-large`, `metadata-too-many`. */
  async set(changes: MetadataChanges): Promise<void> {
    const news = [...changes].filter(([name, value]) => (this.get(name) ?? null) !== value);
    if (news.some(([, value]) => (value?.length ?? 0) > MAX_VALUE)) {
      throw new MailServerError(`An annotation has more than ${MAX_VALUE} bytes`, {
        code: 'metadata-too-large',
      });
    }
    if (news.length === 0) return;
    await this.#document.update((data) => {
      const entries = new Map(Object.entries(data.entries));
      for (const [name, value] of news) {
        if (value === null) entries.delete(name);
        else entries.set(name, value);
      }
      if (entries.size > MAX_ENTRIES) throw tooMany();
      data.entries = Object.fromEntries(entries);
    });
    this.#listeners.emit(news.map(([name]) => name));
  }

  /**
   * The configuration gives the mailbox this device id, or none. Told the same again, it changes nothing: what the
   * user has written there since stays.
   */
  async offer(device: string | null): Promise<void> {
    if (this.#document.data.offered === device) return;
    await this.set(new Map([[ENTRIES.device, device]]));
    await this.#document.update((data) => {
      data.offered = device;
    });
  }

  /** Calls the listener, synchronously, with the names of what changed; returns what takes it off. */
  onChange(listener: (names: readonly string[]) => void): () => void {
    return this.#listeners.add(listener);
  }
}

function tooMany(): MailServerError {
  return new MailServerError(`More than ${MAX_ENTRIES} annotations`, { code: 'metadata-too-many' });
}
