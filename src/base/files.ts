import { constants, createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';

/** A file that is being written. `sync` before `close`, `close` before any rename. */
export interface FileWriter {
  write(chunk: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly isDirectory: boolean;
}

/**
 * The part of a file system that durable state needs. Tests put a layer here that forgets what was not
 * fsynced, as a power cut does. Errors are Node's own (`code` ENOENT, ENOSPC ...).
 */
export interface Files {
  read(path: string): Promise<Buffer>;
  readStream(path: string, range?: { start?: number; end?: number }): Readable;
  /** Creates the file, mode 0600; fails with EEXIST when it is there. */
  create(path: string): Promise<FileWriter>;
  /** Opens for appending, creating it with mode 0600 when it is not there. */
  append(path: string): Promise<FileWriter>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the directory and its parents, mode 0700. */
  makeDirectory(path: string): Promise<void>;
  /** Sets the time of last modification, milliseconds since 1970. */
  utimes(path: string, mtimeMs: number): Promise<void>;
  list(path: string): Promise<string[]>;
  stat(path: string): Promise<FileStat>;
  /** Makes the content of a file that another program wrote survive a power cut. */
  syncFile(path: string): Promise<void>;
  /** Makes renames and new names in this directory survive a power cut. */
  syncDirectory(path: string): Promise<void>;
}

/** The file system of this machine. */
export const nodeFiles: Files = {
  read: (path) => readFile(path),
  readStream: (path, range) => createReadStream(path, range),
  create: (path) => openWriter(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL),
  append: (path) => openWriter(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND),
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  async makeDirectory(path) {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first) await syncNewDirectories(dirname(first), path);
  },
  utimes: (path, mtimeMs) => utimes(path, mtimeMs / 1000, mtimeMs / 1000),
  list: (path) => readdir(path),
  async stat(path) {
    const found = await stat(path);
    return { size: found.size, mtimeMs: found.mtimeMs, isDirectory: found.isDirectory() };
  },
  syncFile: (path) => syncOpened(path),
  syncDirectory: (path) => syncOpened(path),
};

async function syncOpened(path: string): Promise<void> {
  const opened = await open(path, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/** Syncs every directory that got a new name in it, from `top` down to the parent of `path`. */
async function syncNewDirectories(top: string, path: string): Promise<void> {
  const end = resolve(top);
  let parent = dirname(resolve(path));
  for (; parent !== end; parent = dirname(parent)) await nodeFiles.syncDirectory(parent);
  await nodeFiles.syncDirectory(parent);
}

async function openWriter(path: string, flags: number): Promise<FileWriter> {
  const file = await open(path, flags, 0o600);
  return {
    async write(chunk) {
      await file.writeFile(chunk);
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
