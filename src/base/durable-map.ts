import { dirname } from 'node:path';
import { z } from 'zod';
import { appendDurable, readIfThere, writeDurable } from './durable.ts';
import { RingpostError } from './errors.ts';
import { type Files, nodeFiles } from './files.ts';
import { Mutex } from './mutex.ts';

/** Keys and values in memory, and on the disk a line of JSON for each change: the cost of a change is that of its line. */
export interface DurableMap<T> {
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  /** Resolves once the change is on the disk; nobody sees it before. When the write fails, all is as it was. */
  set(key: string, value: T): Promise<void>;
  /** The same; resolves with whether the key was there. */
  delete(key: string): Promise<boolean>;
}

export interface DurableMapOptions<T> {
  readonly path: string;
  readonly value: z.ZodType<T>;
  /** Reads a file of an earlier format, given as parsed JSON; undefined when it is none. It is replaced at once. */
  readonly earlier?: (content: unknown) => Iterable<readonly [string, T]> | undefined;
  readonly files?: Files;
}

/** The file is rewritten when it has this many lines more than twice its keys. */
const SLACK = 1000;

/**
 * Opens the map, making its directory when needed. Half a line at the end was never confirmed to anybody and is
 * dropped; any other line that is not ours throws `broken-document`, and the file stays as it is.
 */
export async function openDurableMap<T>(options: DurableMapOptions<T>): Promise<DurableMap<T>> {
  const map = new LineMap(options);
  await map.load();
  return map;
}

class LineMap<T> implements DurableMap<T> {
  readonly #options: DurableMapOptions<T>;
  readonly #files: Files;
  readonly #line;
  readonly #turn = new Mutex();
  readonly #entries = new Map<string, T>();
  #lines = 0;
  /** What the file ends with cannot be appended to: there is none, or a write failed in the middle. */
  #rewrite = false;

  constructor(options: DurableMapOptions<T>) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#line = z.strictObject({ key: z.string(), value: options.value.optional() });
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }

  set(key: string, value: T): Promise<void> {
    return this.#turn.run(() => this.#change(key, value));
  }

  delete(key: string): Promise<boolean> {
    return this.#turn.run(async () => {
      if (!this.#entries.has(key)) return false;
      await this.#change(key, undefined);
      return true;
    });
  }

  async load(): Promise<void> {
    const { path, earlier } = this.#options;
    await this.#files.makeDirectory(dirname(path));
    const content = (await readIfThere(path, this.#files))?.toString('utf8');
    const before = content === undefined ? undefined : earlier?.(parsed(content));
    if (before) {
      for (const [key, value] of before) this.#entries.set(key, value);
      await this.#write(this.#entries);
    } else this.#read(content ?? '');
    this.#rewrite ||= content === undefined;
  }

  #read(content: string): void {
    const lines = content.split('\n');
    const rest = lines.pop();
    this.#rewrite = rest !== '';
    // The first line came with a rename, whole: a file that has none is somebody else's.
    if (rest && lines.length === 0) lines.push(rest);
    for (const [index, line] of lines.entries()) this.#apply(line, index + 1);
    this.#lines = lines.length;
  }

  #apply(text: string, number: number): void {
    const { success, data } = this.#line.safeParse(parsed(text));
    if (!success) {
      const { path } = this.#options;
      throw new RingpostError(`${path}: line ${number} is none that this program wrote`, {
        code: 'broken-document',
        fields: { path, line: number },
      });
    }
    const { key, value } = data as { key: string; value?: T };
    if (value === undefined) this.#entries.delete(key);
    else this.#entries.set(key, value);
  }

  async #change(key: string, value: T | undefined): Promise<void> {
    if (this.#rewrite || this.#lines > 2 * this.#entries.size + SLACK) {
      const after = new Map(this.#entries);
      change(after, key, value);
      await this.#write(after);
    } else await this.#append(key, value);
    change(this.#entries, key, value);
  }

  async #append(key: string, value: T | undefined): Promise<void> {
    try {
      await appendDurable(this.#options.path, formatted(key, value), this.#files);
      this.#lines += 1;
    } catch (error) {
      this.#rewrite = true;
      throw error;
    }
  }

  async #write(entries: ReadonlyMap<string, T>): Promise<void> {
    const lines = Array.from(entries, ([key, value]) => formatted(key, value));
    await writeDurable(this.#options.path, lines.join(''), this.#files);
    this.#lines = lines.length;
    this.#rewrite = false;
  }
}

function change<T>(entries: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) entries.delete(key);
  else entries.set(key, value);
}

function formatted(key: string, value: unknown): string {
  return `${JSON.stringify({ key, value })}\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
