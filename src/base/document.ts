import { dirname } from 'node:path';
import { type Adapter, Low } from 'lowdb';
import type { z } from 'zod';
import { readIfThere, writeDurable } from './durable.ts';
import { RingpostError } from './errors.ts';
import { type Files, nodeFiles } from './files.ts';
import { Mutex } from './mutex.ts';

/** A small JSON document on the disk, kept in memory, written whole and durably at each change. */
export interface Document<T> {
  readonly path: string;
  readonly data: Readonly<T>;
  /** Whether the file existed when it was opened. */
  readonly existed: boolean;
  /**
   * Changes the data and resolves once the change is on the disk. Updates run one after another.
   * When the write fails, `data` is as before and the error is thrown.
   */
  update(change: (data: T) => void): Promise<void>;
}

export interface DocumentOptions<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  /** What a missing file stands for. A broken file is never replaced: it throws `broken-document`. */
  readonly initial: T;
  readonly files?: Files;
  /** Whether its directory is made as soon as it is opened, or by the first write. Default: when opened. */
  readonly makes?: 'when opened' | 'when written';
}

/** Opens a document (lowdb over a durable adapter), making its directory when needed. */
export async function openDocument<T>(options: DocumentOptions<T>): Promise<Document<T>> {
  const files = options.files ?? nodeFiles;
  if (options.makes !== 'when written') await files.makeDirectory(dirname(options.path));
  const low = new Low<T | null>(new DurableAdapter(options, files), null);
  await low.read();
  const existed = low.data !== null;
  low.data ??= structuredClone(options.initial);
  const turn = new Mutex();
  return {
    path: options.path,
    existed,
    get data() {
      return low.data as T;
    },
    update: (change) =>
      turn.run(async () => {
        const before = low.data;
        const after = structuredClone(before) as T;
        change(after);
        low.data = after;
        await low.write().catch((error: unknown) => {
          low.data = before;
          throw error;
        });
      }),
  };
}

class DurableAdapter<T> implements Adapter<T | null> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #makes: DocumentOptions<T>['makes'];
  readonly #files: Files;

  constructor({ path, schema, makes }: DocumentOptions<T>, files: Files) {
    this.#path = path;
    this.#schema = schema;
    this.#makes = makes;
    this.#files = files;
  }

  async read(): Promise<T | null> {
    const content = await readIfThere(this.#path, this.#files);
    if (content === undefined) return null;
    try {
      return this.#schema.parse(JSON.parse(content.toString('utf8')));
    } catch (cause) {
      throw new RingpostError(`${this.#path}: not a document that this program wrote`, {
        code: 'broken-document',
        fields: { path: this.#path },
        cause,
      });
    }
  }

  async write(data: T | null): Promise<void> {
    if (this.#makes === 'when written') await this.#files.makeDirectory(dirname(this.#path));
    await writeDurable(this.#path, `${JSON.stringify(data)}\n`, this.#files);
  }
}
