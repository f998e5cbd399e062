import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurable } from '../../base/durable.ts';
import { type Files, nodeFiles } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import type { Told } from './place.ts';

const stored = z.object({
  user: z.string(),
  mailbox: z.string(),
  told: z.object({ device: z.string(), uidvalidity: z.number(), uidnext: z.number() }),
});

/** Up to where the trigger agent was told of each mailbox, on the disk: one small file for each. */
export class Places {
  readonly #directory: string;
  readonly #files: Files;
  readonly #told = new Map<string, Told>();

  private constructor(directory: string, files: Files) {
    this.#directory = directory;
    this.#files = files;
  }

  /** Reads what is there; a broken file is left, and its mailbox is as if never looked at. One process owns the directory. */
  static async open(directory: string, log: Log, files: Files = nodeFiles): Promise<Places> {
    await files.makeDirectory(directory);
    const places = new Places(directory, files);
    for (const file of await files.list(directory)) {
      if (!file.endsWith('.json')) continue;
      const path = join(directory, file);
      try {
        const { told } = stored.parse(JSON.parse((await files.read(path)).toString('utf8')));
        places.#told.set(file, told);
      } catch (error) {
        log.error(
          { path, err: error },
          'Not a place that the watcher wrote: its mailbox counts as never seen',
        );
      }
    }
    return places;
  }

  get(user: string, mailbox: string): Told | undefined {
    return this.#told.get(fileOf(user, mailbox));
  }

  /** Resolves once it is on the disk. */
  async set(user: string, mailbox: string, told: Told): Promise<void> {
    const file = fileOf(user, mailbox);
    const content = `${JSON.stringify({ user, mailbox, told })}\n`;
    await writeDurable(join(this.#directory, file), content, this.#files);
    this.#told.set(file, told);
  }
}

/** Names of users and mailboxes are anything, so they go in as a digest. */
function fileOf(user: string, mailbox: string): string {
  const digest = createHash('sha256').update(JSON.stringify([user, mailbox]));
  return `${digest.digest('hex').slice(0, 24)}.json`;
}
