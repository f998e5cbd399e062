import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Clock, systemClock } from '../base/clock.ts';
import { undefinedIfMissing } from '../base/durable.ts';
import type { SerialLogEntry } from './serial-log.ts';

export interface FollowOptions {
  readonly clock?: Clock;
  /** How many lines that are there already come first. Default 20. */
  readonly history?: number;
}

const PAUSE_MS = 200;
const PIECE = 65_536;

/**
 * The lines of a serial log, formatted for people, as they are written; goes on in the new file when the log
 * is rotated, and waits for a file that is not there yet. Ends when the signal fires.
 */
export async function* followSerialLog(
  path: string,
  signal: AbortSignal,
  options: FollowOptions = {},
): AsyncGenerator<string, void, undefined> {
  const { clock = systemClock, history = 20 } = options;
  const follower = new Follower(path);
  try {
    const there = await follower.rest();
    for (const line of there.slice(Math.max(0, there.length - history))) yield formatSerialLine(line);
    for (;;) {
      await clock.sleep(PAUSE_MS, signal);
      for (const line of await follower.rest()) yield formatSerialLine(line);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await follower.close();
  }
}

/** `12:34:56.789 > AT+CREG?                    registration`, local time; a line of another shape stays as it is. */
export function formatSerialLine(line: string): string {
  const entry = parse(line);
  if (!entry) return line;
  const at = new Date(entry.at);
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  const time = `${parts.join(':')}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  const text = entry.means ? `${entry.text.padEnd(36)}  ${entry.means}` : entry.text;
  return `${time} ${entry.dir} ${text}`;
}

function parse(line: string): SerialLogEntry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<SerialLogEntry> | null;
    const whole = typeof entry?.at === 'string' && typeof entry.text === 'string' && entry.dir !== undefined;
    return whole ? (entry as SerialLogEntry) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads what a file has grown by, and the file that takes its place. */
class Follower {
  readonly #path: string;
  #file: FileHandle | undefined;
  #inode = 0;
  #position = 0;
  #half = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** The whole lines that have come since the last call. */
  async rest(): Promise<string[]> {
    const before = await this.#readLines();
    const now = await stat(this.#path).catch(undefinedIfMissing);
    if (!now || now.ino === this.#inode) return before;
    // Rotated: what was written to the old file in the meantime comes first.
    const old = await this.#readLines();
    await this.close();
    this.#file = await open(this.#path, 'r');
    this.#inode = (await this.#file.stat()).ino;
    return [...before, ...old, ...(await this.#readLines())];
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#position = 0;
    this.#half = Buffer.alloc(0);
  }

  async #readLines(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const piece = Buffer.alloc(PIECE);
      const { bytesRead } = (await this.#file?.read(piece, 0, PIECE, this.#position)) ?? { bytesRead: 0 };
      if (bytesRead === 0) return lines;
      this.#position += bytesRead;
      const text = Buffer.concat([this.#half, piece.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(0x0a);
      this.#half = text.subarray(end + 1);
      if (end >= 0) lines.push(...text.subarray(0, end).toString('utf8').split('\n'));
    }
  }
}
