import { Readable } from 'node:stream';
import type { Files, FileWriter } from '../../src/base/files.ts';

/** A file system in memory: no waiting, so that simulated time is exact; a copy is the disk after a crash. */
export class MemoryFiles implements Files {
  readonly content: Map<string, Buffer>;

  constructor(content = new Map<string, Buffer>()) {
    this.content = content;
  }

  /** What a process that starts after a crash right now finds: what was renamed or appended, no temporary files. */
  copy(): MemoryFiles {
    return new MemoryFiles(new Map([...this.content].filter(([path]) => !path.endsWith('.tmp'))));
  }

  json(path: string): unknown {
    return JSON.parse(this.#find(path).toString('utf8'));
  }

  lines(path: string): unknown[] {
    const text = this.content.get(path)?.toString('utf8') ?? '';
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  async read(path: string): Promise<Buffer> {
    return this.#find(path);
  }

  readStream(path: string): Readable {
    return Readable.from([this.#find(path)]);
  }

  async create(path: string): Promise<FileWriter> {
    if (this.content.has(path)) throw Object.assign(new Error(`${path} exists`), { code: 'EEXIST' });
    return this.append(path);
  }

  async append(path: string): Promise<FileWriter> {
    this.content.set(path, this.content.get(path) ?? Buffer.alloc(0));
    return {
      write: async (chunk) => {
        this.content.set(path, Buffer.concat([this.#find(path), chunk]));
      },
      sync: async () => {},
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.content.set(to, this.#find(from));
    this.content.delete(from);
  }

  async unlink(path: string): Promise<void> {
    this.#find(path);
    this.content.delete(path);
  }

  async makeDirectory(): Promise<void> {}

  async utimes(): Promise<void> {}

  async list(path: string): Promise<string[]> {
    const inside = [...this.content.keys()].filter((name) => name.startsWith(`${path}/`));
    return [...new Set(inside.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))];
  }

  async stat(path: string): Promise<{ size: number; mtimeMs: number; isDirectory: boolean }> {
    return { size: this.#find(path).length, mtimeMs: 0, isDirectory: false };
  }

  async syncFile(): Promise<void> {}

  async syncDirectory(): Promise<void> {}

  #find(path: string): Buffer {
    const found = this.content.get(path);
    if (!found) throw Object.assign(new Error(`${path}: no such file`), { code: 'ENOENT' });
    return found;
  }
}
