import { join } from 'node:path';
import { readIfThere, removeDurable, writeDurable } from '../../../base/durable.ts';
import type { Files } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import { type Entry, entrySchema } from './entry.ts';

/**
 * The queue's directory: `ID.eml`, the message as it is sent, and `ID.json`, what becomes of it. A message is in the queue
 * from the moment that its `ID.json` has its name; a file without the other one is what a crash left.
 */
export class QueueFiles {
  readonly #directory: string;
  readonly #files: Files;

  constructor(directory: string, files: Files) {
    this.#directory = directory;
    this.#files = files;
  }

  /** Puts a message in; it is on the disk, whole, when this resolves. */
  async add(entry: Entry, message: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#message(entry);
    try {
      const writer = await this.#files.create(path);
      try {
        for await (const chunk of message) await writer.write(chunk);
        await writer.sync();
      } finally {
        await writer.close();
      }
      await this.#files.syncDirectory(this.#directory);
      await this.save(entry);
    } catch (error) {
      await this.remove(entry).catch(() => {});
      throw error;
    }
  }

  save(entry: Entry): Promise<void> {
    return writeDurable(this.#entry(entry), `${JSON.stringify(entry)}\n`, this.#files);
  }

  read(entry: Entry): AsyncIterable<Uint8Array> {
    return this.#files.readStream(this.#message(entry));
  }

  /** The entry first: a crash in between leaves a message that nobody waits for. */
  async remove(entry: Entry): Promise<void> {
    await removeDurable(this.#entry(entry), this.#files);
    await removeDurable(this.#message(entry), this.#files);
  }

  /** What is in the queue; sweeps out what a crash left of messages that were coming in or going out. */
  async load(log: Log): Promise<Entry[]> {
    await this.#files.makeDirectory(this.#directory);
    const names = new Set(await this.#files.list(this.#directory));
    const entries: Entry[] = [];
    for (const name of names) {
      const [, id, kind] = /^([0-9a-f]{16})\.(json|eml|json\.[0-9a-f]+\.tmp)$/.exec(name) ?? [];
      if (kind === 'json') entries.push(...(await this.#load(name, log)));
      else if (kind !== undefined && !names.has(`${id}.json`)) await this.#sweep(name);
      else if (kind?.endsWith('.tmp')) await this.#sweep(name);
    }
    return entries;
  }

  #sweep(name: string): Promise<void> {
    return removeDurable(join(this.#directory, name), this.#files);
  }

  /** A file that this program did not write stays for somebody to look at. */
  async #load(name: string, log: Log): Promise<Entry[]> {
    const content = await readIfThere(join(this.#directory, name), this.#files);
    const parsed = entrySchema.safeParse(parseJson(content?.toString('utf8')));
    if (parsed.success) return [parsed.data];
    log.error({ file: join(this.#directory, name) }, 'Not a file of the queue: it is left as it is');
    return [];
  }

  #message({ id }: Entry): string {
    return join(this.#directory, `${id}.eml`);
  }

  #entry({ id }: Entry): string {
    return join(this.#directory, `${id}.json`);
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
