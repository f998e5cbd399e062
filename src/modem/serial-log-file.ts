import { undefinedIfMissing } from '../base/durable.ts';
import type { Files, FileWriter } from '../base/files.ts';
import type { Log } from '../base/log.ts';

/** Lines that wait for a slow disk; what comes on top is dropped. */
const MOST_WAITING = 4_000_000;

/** A file that lines are appended to, in the background; when it is full it becomes the old one. */
export class SerialLogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #files: Files;
  readonly #log: Log;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #writer: FileWriter | undefined;
  #size = 0;
  #failed = false;
  #closed = false;

  constructor(path: string, maxBytes: number, files: Files, log: Log) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#files = files;
    this.#log = log;
  }

  append(line: string): void {
    if (this.#closed || this.#waitingBytes > MOST_WAITING) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flushed();
    await this.#writer?.close();
    this.#writer = undefined;
  }

  async #writeAll(): Promise<void> {
    // Lines that arrive in one turn go to the disk in one write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const text = this.#waiting.splice(0).join('');
      this.#waitingBytes = 0;
      try {
        await this.#write(Buffer.from(text, 'utf8'));
        this.#failed = false;
      } catch (error) {
        if (!this.#failed)
          this.#log.warn({ err: error, path: this.#path }, 'the serial log cannot be written');
        this.#failed = true;
      }
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#writer ??= await this.#open();
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) await this.#rotate();
    await this.#writer?.write(bytes);
    this.#size += bytes.length;
  }

  async #open(): Promise<FileWriter> {
    const found = await this.#files.stat(this.#path).catch(undefinedIfMissing);
    this.#size = found?.size ?? 0;
    return await this.#files.append(this.#path);
  }

  async #rotate(): Promise<void> {
    await this.#writer?.close();
    this.#writer = undefined;
    await this.#files.rename(this.#path, `${this.#path}.1`);
    this.#writer = await this.#open();
  }
}
