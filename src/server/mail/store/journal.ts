import { join } from 'node:path';
import { z } from 'zod';
import { type Document, openDocument } from '../../../base/document.ts';
import { undefinedIfMissing } from '../../../base/durable.ts';
import type { Files, FileWriter } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import { MAX_UID } from '../../../mail/uid-set.ts';
import { IndexState } from './index-state.ts';
import { formatRecord, type JournalRecord, parseRecord } from './records.ts';

/** Written when a mailbox is made, and seldom later. Its name in the Maildir is `ringpost-index.json`. */
const headerSchema = z.object({
  uidvalidity: z.number().int().min(1).max(MAX_UID),
  /** Tells this mailbox's file names from those of messages that were copied here from another one. */
  tag: z.string().regex(/^[a-z0-9]{4,32}$/),
  /** Which journal file counts; others are left-overs. */
  generation: z.number().int().min(0),
});

export type IndexHeader = z.infer<typeof headerSchema>;

export const HEADER_NAME = 'ringpost-index.json';
const JOURNAL_NAME = /^ringpost-journal\.(\d+)$/;
/** A journal is rewritten when it has this many lines more than twice what its state needs. */
const SLACK = 1_000;
/** Lines that are joined to one write when a journal is rewritten. */
const BATCH = 2_000;

export interface JournalOptions {
  /** The Maildir. */
  readonly directory: string;
  readonly initial: IndexHeader;
  readonly files: Files;
  readonly log: Log;
}

/** The durable index of one mailbox: a header document, and a journal of what happened since. One writer at a time. */
export class Journal {
  readonly state = new IndexState();
  readonly #options: JournalOptions;
  readonly #header: Document<IndexHeader>;
  #writer: FileWriter | undefined;
  #lines = 0;
  /** A write failed: what it left may be half a line, or lines that were never confirmed. A new file comes first. */
  #tailUnsure = false;

  private constructor(options: JournalOptions, header: Document<IndexHeader>) {
    this.#options = options;
    this.#header = header;
  }

  static async open(options: JournalOptions): Promise<Journal> {
    const path = join(options.directory, HEADER_NAME);
    const header = await openDocument({
      path,
      schema: headerSchema,
      initial: options.initial,
      files: options.files,
    });
    if (!header.existed) await header.update(() => {});
    const journal = new Journal(options, header);
    await journal.#load();
    return journal;
  }

  get header(): Readonly<IndexHeader> {
    return this.#header.data;
  }

  /** Writes the records, waits until they are on the disk, and only then applies them. */
  async commit(records: readonly JournalRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.#tailUnsure) await this.compact();
    const writer = await this.#openWriter();
    try {
      await writer.write(Buffer.from(records.map(formatRecord).join('')));
      await writer.sync();
    } catch (error) {
      this.#tailUnsure = true;
      throw error;
    }
    for (const record of records) this.state.apply(record);
    this.#lines += records.length;
    if (this.#lines > 2 * this.state.recordCount + SLACK) await this.#tryCompact();
  }

  async close(): Promise<void> {
    await this.#writer?.close();
    this.#writer = undefined;
  }

  async #openWriter(): Promise<FileWriter> {
    if (this.#writer) return this.#writer;
    this.#writer = await this.#options.files.append(this.#path(this.header.generation));
    await this.#options.files.syncDirectory(this.#options.directory);
    return this.#writer;
  }

  async #load(): Promise<void> {
    const { generation } = this.header;
    const { whole, damaged } = await this.#readLines(this.#path(generation));
    await this.#sweep(generation);
    if (damaged > 0) {
      this.#options.log.warn(
        { directory: this.#options.directory, lines: damaged },
        'Index lines unreadable',
      );
      this.state.skipAhead();
    }
    if (damaged > 0 || !whole) await this.compact();
  }

  async #readLines(path: string): Promise<{ whole: boolean; damaged: number }> {
    let damaged = 0;
    let rest = '';
    try {
      for await (const text of this.#options.files.readStream(path).setEncoding('utf8')) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (!this.#take(line)) damaged += 1;
      }
    } catch (error) {
      undefinedIfMissing(error);
    }
    return { whole: rest === '', damaged };
  }

  #take(line: string): boolean {
    const record = parseRecord(line);
    if (record) this.state.apply(record);
    this.#lines += 1;
    return record !== undefined;
  }

  /** Writes the state to a new journal and makes it the one that counts. */
  async compact(): Promise<void> {
    await this.close().catch(() => {});
    const old = this.header.generation;
    const path = this.#path(old + 1);
    await this.#options.files.unlink(path).catch(undefinedIfMissing);
    await this.#writeState(path);
    await this.#options.files.syncDirectory(this.#options.directory);
    await this.#header.update((data) => {
      data.generation = old + 1;
    });
    this.#lines = this.state.recordCount;
    this.#tailUnsure = false;
    await this.#options.files.unlink(this.#path(old)).catch(() => {});
  }

  async #tryCompact(): Promise<void> {
    await this.compact().catch((error: unknown) => {
      this.#options.log.warn({ err: error, directory: this.#options.directory }, 'Index not rewritten');
    });
  }

  async #writeState(path: string): Promise<void> {
    const writer = await this.#options.files.create(path);
    try {
      let batch: string[] = [];
      for (const record of this.state.records()) {
        batch.push(formatRecord(record));
        if (batch.length < BATCH) continue;
        await writer.write(Buffer.from(batch.join('')));
        batch = [];
      }
      await writer.write(Buffer.from(batch.join('')));
      await writer.sync();
    } finally {
      await writer.close();
    }
  }

  async #sweep(generation: number): Promise<void> {
    for (const name of await this.#options.files.list(this.#options.directory)) {
      const other = JOURNAL_NAME.exec(name)?.[1];
      if (other === undefined || Number(other) === generation) continue;
      await this.#options.files.unlink(join(this.#options.directory, name));
    }
  }

  #path(generation: number): string {
    return join(this.#options.directory, `ringpost-journal.${generation}`);
  }
}
