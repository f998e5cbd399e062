import { join } from 'node:path';
import { z } from 'zod';
import { type Document, openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import type { Waiting } from './spool.ts';

const missed = z.object({ address: z.string(), reason: z.string() });

const note = z.object({
  /** What happened, for the user. */
  reason: z.string(),
  /** When, milliseconds since 1970. */
  when: z.number(),
  /** It is not tried again unless the user changes it or clears its flag F. */
  permanent: z.boolean(),
  /** An attempt began and its end was never written: it may have been sent. */
  trying: z.boolean(),
  /** How often the connection ended when much of it had gone up. */
  cutOff: z.number(),
  /** Recipients for whom the server took it. */
  accepted: z.array(z.string()),
  /** Recipients whom the server refused for good. */
  refused: z.array(missed),
  /** Of the file that this is about: another size or time is another message. */
  size: z.number(),
  mtimeMs: z.number(),
  /** It is in the Sent mailbox, under this base name; only some recipients were refused. */
  filed: z.boolean().optional(),
});

/** What is known of one message beyond its file. */
export type Note = z.infer<typeof note>;

const notes = z.record(z.string(), note);

/** Notes on messages that were filed although some recipients were refused; older ones are dropped. */
const MOST_FILED = 20;

/** Beside the messages of the Outbox, for the user and for the next session: base name -> note. */
export class Notes {
  readonly #document: Document<Record<string, Note>>;

  constructor(document: Document<Record<string, Note>>) {
    this.#document = document;
  }

  /** The note on this very file. */
  on({ entry, size, mtimeMs }: Waiting): Note | undefined {
    const known = this.#document.data[entry.base];
    return known?.size === size && known.mtimeMs === mtimeMs ? known : undefined;
  }

  /** Durable when it resolves. */
  async write({ entry, size, mtimeMs }: Waiting, change: Omit<Note, 'size' | 'mtimeMs'>): Promise<void> {
    await this.#document.update((data) => {
      data[entry.base] = { ...change, size, mtimeMs };
    });
  }

  /** The message is in Sent: only who did not get it is still worth a note. */
  async filed(before: string, after: string): Promise<void> {
    await this.#document.update((data) => {
      const known = data[before];
      delete data[before];
      if (known && known.refused.length > 0) data[after] = { ...known, trying: false, filed: true };
    });
  }

  /** Forgets messages that are in the Outbox no more. */
  async tidy(present: ReadonlySet<string>): Promise<void> {
    const all = Object.entries(this.#document.data);
    const filed = all.filter(([, one]) => one.filed).sort(([, a], [, b]) => b.when - a.when);
    const kept = new Set(filed.slice(0, MOST_FILED).map(([base]) => base));
    const stale = all.map(([base]) => base).filter((base) => !present.has(base) && !kept.has(base));
    if (stale.length === 0) return;
    await this.#document.update((data) => {
      for (const base of stale) delete data[base];
    });
  }
}

/** Opens the notes in the directory of the Outbox. Throws `broken-document` when another program wrote there. */
export async function openNotes(directory: string, files: Files): Promise<Notes> {
  const path = join(directory, '.ringpost-outbox');
  return new Notes(await openDocument({ path, schema: notes, initial: {}, files }));
}
