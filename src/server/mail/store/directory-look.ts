import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import type { Files } from '../../../base/files.ts';
import { type Mended, type MendParts, mend } from './mend.ts';

/** The directories are read again for what other programs did at most this often while nobody asks for it. */
const LOOK_AGAIN_MS = 10_000;

/** Two changes within this time may leave one and the same time on a directory (FAT: 2 s). */
const SETTLE_MS = 2_000;

export interface LookParts extends MendParts {
  readonly clock: Clock;
  readonly directory: Files;
}

/** Knows whether the directory of a mailbox may have changed since it was read, and reads it then. */
export class DirectoryLook {
  readonly #parts: LookParts;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When `new` and `cur` last changed, if that was long enough before they were read. */
  #settled: readonly number[] | undefined;

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  /** Whether the last look is so long ago that one is due without anybody asking for it. */
  get isDue(): boolean {
    return this.#parts.clock.monotonic() - this.#lookedAt >= LOOK_AGAIN_MS;
  }

  /** Brings the index in line with the directory, if that changed; the mailbox must be locked. Tells what it mended. */
  async look(): Promise<readonly Mended[]> {
    const { clock } = this.#parts;
    const times = await this.#times();
    if (this.#settled && times.every((time, at) => time === this.#settled?.[at])) return [];
    this.#settled = Math.max(...times) < clock.now() - SETTLE_MS ? times : undefined;
    const mended = await mend(this.#parts);
    this.#lookedAt = clock.monotonic();
    return mended;
  }

  async #times(): Promise<number[]> {
    const { directory, maildir } = this.#parts;
    const stats = ['new', 'cur'].map(
      async (folder) => (await directory.stat(join(maildir.path, folder))).mtimeMs,
    );
    return Promise.all(stats);
  }
}
