import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import type { Files, FileWriter } from '../../src/base/files.ts';

interface Inode {
  data: Buffer;
  mtimeMs: number;
  /** What a power cut leaves of it: nothing, until it was synced. */
  synced: { data: Buffer; mtimeMs: number } | undefined;
}

type Tree = Map<string, Inode | 'directory'>;

/** A change of names, on the disk for certain once one of its directories was synced (a journal keeps it whole). */
interface NameChange {
  readonly directories: readonly string[];
  apply(tree: Tree): void;
}

/** Thrown by the operation at which the power was cut, and by all after it. */
export class PowerCut extends Error {}

/**
 * A file system in memory that forgets what was not synced: content without `sync` is gone at a power cut, and so
 * are names created, renamed or removed without a sync of their directory. Every operation that writes counts; the
 * power can be cut at any of them.
 */
export class VolatileFiles implements Files {
  #live: Tree = new Map([['/', 'directory']]);
  #durable: Tree = new Map([['/', 'directory']]);
  #waiting: NameChange[] = [];
  #folderTimes = new Map<string, number>();
  readonly #now: () => number;
  operations = 0;
  cutAt = Number.POSITIVE_INFINITY;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  /** The same content and the same unsynced changes, on its own. */
  clone(): VolatileFiles {
    const other = new VolatileFiles(this.#now);
    const copies = new Map<Inode, Inode>();
    const copy = (tree: Tree): Tree =>
      new Map(
        Array.from(tree, ([path, node]) => [path, node === 'directory' ? node : copyInode(copies, node)]),
      );
    other.#live = copy(this.#live);
    other.#durable = copy(this.#durable);
    if (this.#waiting.length > 0) throw new Error('clone only what is synced: call powerCut or settle first');
    other.#folderTimes = new Map(this.#folderTimes);
    return other;
  }

  /** The power goes and comes back: only what was synced is left. */
  powerCut(): void {
    this.#live = new Map();
    for (const [path, node] of this.#durable) {
      if (path !== '/' && this.#durable.get(dirname(path)) !== 'directory') continue;
      if (node === 'directory') this.#live.set(path, node);
      else this.#live.set(path, revive(node));
    }
    this.settle();
  }

  /** The program died and the machine lived on: everything written is there. */
  settle(): void {
    for (const node of this.#live.values()) {
      if (node !== 'directory') node.synced = { data: node.data, mtimeMs: node.mtimeMs };
    }
    this.#durable = new Map(this.#live);
    this.#waiting = [];
    this.operations = 0;
    this.cutAt = Number.POSITIVE_INFINITY;
  }

  paths(): string[] {
    return [...this.#live].filter(([, node]) => node !== 'directory').map(([path]) => path);
  }

  async read(path: string): Promise<Buffer> {
    return this.#file(path).data;
  }

  readStream(path: string, range: { start?: number; end?: number } = {}): Readable {
    try {
      const { data } = this.#file(path);
      return Readable.from([data.subarray(range.start ?? 0, (range.end ?? data.length) + 1)]);
    } catch (error) {
      return new Readable({ read: (_size) => {} }).destroy(error as Error);
    }
  }

  async create(path: string): Promise<FileWriter> {
    if (this.#live.has(path)) throw problem('EEXIST', path);
    return this.append(path);
  }

  async append(path: string): Promise<FileWriter> {
    this.#count();
    this.#requireDirectory(dirname(path));
    let node = this.#live.get(path);
    if (node === undefined) {
      const made: Inode = { data: Buffer.alloc(0), mtimeMs: this.#now(), synced: undefined };
      this.#change([dirname(path)], (tree) => tree.set(path, made));
      node = made;
    }
    if (node === 'directory') throw problem('EISDIR', path);
    return this.#writer(node);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#count();
    const node = this.#file(from);
    this.#requireDirectory(dirname(to));
    this.#change([dirname(from), dirname(to)], (tree) => {
      tree.delete(from);
      tree.set(to, node);
    });
  }

  async unlink(path: string): Promise<void> {
    this.#count();
    this.#file(path);
    this.#change([dirname(path)], (tree) => tree.delete(path));
  }

  async makeDirectory(path: string): Promise<void> {
    if (this.#live.get(path) === 'directory') return;
    await this.makeDirectory(dirname(path));
    this.#count();
    this.#change([dirname(path)], (tree) => tree.set(path, 'directory'));
    await this.syncDirectory(dirname(path));
  }

  async utimes(path: string, mtimeMs: number): Promise<void> {
    this.#count();
    this.#file(path).mtimeMs = mtimeMs;
  }

  async list(path: string): Promise<string[]> {
    this.#requireDirectory(path);
    return [...this.#live.keys()]
      .filter((one) => one !== '/' && dirname(one) === path)
      .map((one) => basename(one));
  }

  async stat(path: string) {
    const node = this.#live.get(path);
    if (node === 'directory')
      return { size: 0, mtimeMs: this.#folderTimes.get(path) ?? 0, isDirectory: true };
    const { data, mtimeMs } = this.#file(path);
    return { size: data.length, mtimeMs, isDirectory: false };
  }

  async syncFile(path: string): Promise<void> {
    this.#count();
    const node = this.#file(path);
    node.synced = { data: node.data, mtimeMs: node.mtimeMs };
  }

  async syncDirectory(path: string): Promise<void> {
    this.#count();
    this.#requireDirectory(path);
    const now = this.#waiting.filter((change) => change.directories.includes(path));
    this.#waiting = this.#waiting.filter((change) => !now.includes(change));
    for (const change of now) change.apply(this.#durable);
  }

  #writer(node: Inode): FileWriter {
    return {
      write: async (chunk) => {
        this.#count();
        node.data = Buffer.concat([node.data, chunk]);
        node.mtimeMs = this.#now();
      },
      sync: async () => {
        this.#count();
        node.synced = { data: node.data, mtimeMs: node.mtimeMs };
      },
      close: async () => {},
    };
  }

  #count(): void {
    if (this.operations >= this.cutAt) throw new PowerCut(`power cut at operation ${this.cutAt}`);
    this.operations += 1;
  }

  #change(directories: string[], apply: (tree: Tree) => void): void {
    apply(this.#live);
    for (const directory of directories) this.#folderTimes.set(directory, this.#now());
    this.#waiting.push({ directories, apply });
  }

  #file(path: string): Inode {
    const node = this.#live.get(path);
    if (node === undefined) throw problem('ENOENT', path);
    if (node === 'directory') throw problem('EISDIR', path);
    return node;
  }

  #requireDirectory(path: string): void {
    if (this.#live.get(path) !== 'directory') throw problem('ENOENT', path);
  }
}

function copyInode(copies: Map<Inode, Inode>, node: Inode): Inode {
  const copy = copies.get(node) ?? { ...node };
  copies.set(node, copy);
  return copy;
}

/** Unsynced content: an empty file, as journalling file systems leave it. */
function revive(node: Inode): Inode {
  const { data, mtimeMs } = node.synced ?? { data: Buffer.alloc(0), mtimeMs: node.mtimeMs };
  return { data, mtimeMs, synced: { data, mtimeMs } };
}

function problem(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
