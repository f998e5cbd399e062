import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { undefinedIfMissing } from '../../../base/durable.ts';
import { codeOf } from '../../../base/errors.ts';
import type { Files } from '../../../base/files.ts';
import { hiddenName } from './own-names.ts';
import type { SpoolDirectories, SpoolProgram } from './program.ts';

export type Outcome = 'sent' | 'failed';

/** What became of a file that was taken back: `taken` is that nothing was sent. */
export type TakenBack = Outcome | 'taken' | 'unsure';

/**
 * Neither program need be in the group of the file: Debian's smsd runs in `dialout` and is then not in `smsd`, its directory's
 * group. Nobody else may write it, for what it says costs money.
 */
const READABLE = 0o644;

interface Place {
  readonly program: SpoolProgram;
  readonly directories: SpoolDirectories;
  readonly files: Files;
}

/** One text in the directories of a program, known by the name of its file, which the program keeps. */
export class SpoolFile {
  readonly #place: Place;
  readonly #name: string;

  constructor(place: Place, name: string) {
    this.#place = place;
    this.#name = name;
  }

  /** Puts it there, whole and on the disk. Rejects with Node's error. */
  async put(content: string): Promise<void> {
    const { files, directories } = this.#place;
    const hidden = join(directories.outgoing, hiddenName(this.#name));
    try {
      const writer = await files.create(hidden);
      try {
        await writer.write(Buffer.from(content));
        await writer.sync();
      } finally {
        await writer.close();
      }
      // Not by the mode of its creation, of which the umask takes away.
      await chmod(hidden, READABLE);
      await files.rename(hidden, join(directories.outgoing, this.#name));
    } catch (error) {
      await files.unlink(hidden).catch(() => {});
      throw error;
    }
    await files.syncDirectory(directories.outgoing);
  }

  /** Where the program has put it, or undefined while it works on it. */
  async outcome(): Promise<Outcome | undefined> {
    const { sent, failed } = this.#place.directories;
    if (await this.#isIn(sent)) return 'sent';
    // smsd copies, and locks while it does.
    if ((await this.#isIn(failed)) && !(await this.#isLockedIn(failed))) return 'failed';
    return undefined;
  }

  async failure(): Promise<ReturnType<SpoolProgram['failure']>> {
    const { files, directories, program } = this.#place;
    const content = await files.read(join(directories.failed, this.#name)).catch(() => Buffer.alloc(0));
    return program.failure(content.toString('latin1'));
  }

  /**
   * Takes it away from where it waits. The order is the one in which the program moves it, and smsd locks before it
   * opens (locking.c): what was neither locked nor anywhere behind this was not going to be sent.
   */
  async takeBack(): Promise<TakenBack> {
    const { directories, program } = this.#place;
    const waiting = [directories.outgoing, ...directories.queues];
    let [taken, locked] = [false, false];
    for (const directory of waiting) {
      locked ||= await this.#isLockedIn(directory);
      if (!locked) taken = (await this.#removeFrom(directory)) || taken;
      locked ||= await this.#isLockedIn(directory);
    }
    const outcome = await this.outcome();
    if (outcome) return outcome;
    return taken && !locked && program.movesFirst ? 'taken' : 'unsure';
  }

  /** Takes it out of where the program left it. False: it may not be removed. */
  async clear(): Promise<boolean> {
    const { sent, failed } = this.#place.directories;
    return clearAway(
      this.#place.files,
      [sent, failed].map((directory) => join(directory, this.#name)),
    );
  }

  async #removeFrom(directory: string): Promise<boolean> {
    return this.#place.files.unlink(join(directory, this.#name)).then(
      () => true,
      () => false,
    );
  }

  #isLockedIn(directory: string): Promise<boolean> {
    return this.#isThere(`${join(directory, this.#name)}.LOCK`);
  }

  #isIn(directory: string): Promise<boolean> {
    return this.#isThere(join(directory, this.#name));
  }

  async #isThere(path: string): Promise<boolean> {
    return Boolean(await this.#place.files.stat(path).catch(undefinedIfMissing));
  }
}

/** Removes the files; false: one is still there. */
export async function clearAway(files: Files, paths: readonly string[]): Promise<boolean> {
  const gone = paths.map((path) =>
    files.unlink(path).then(
      () => true,
      (error) => codeOf(error) === 'ENOENT',
    ),
  );
  return (await Promise.all(gone)).every(Boolean);
}
