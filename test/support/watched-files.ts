import type { Files, FileWriter } from '../../src/base/files.ts';

/** The same files; `before` is called ahead of every change, with how many there were before. What it throws, the change throws. */
export function watchedFiles(files: Files, before: (changes: number) => void): Files {
  let changes = 0;
  const watched =
    <Args extends unknown[], T>(change: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      before(changes);
      changes += 1;
      return change(...args);
    };
  const writer = (inner: FileWriter): FileWriter => ({
    write: watched((chunk: Uint8Array) => inner.write(chunk)),
    sync: watched(() => inner.sync()),
    close: () => inner.close(),
  });
  return {
    ...files,
    create: watched(async (path: string) => writer(await files.create(path))),
    append: watched(async (path: string) => writer(await files.append(path))),
    rename: watched(files.rename),
    unlink: watched(files.unlink),
    makeDirectory: watched(files.makeDirectory),
    utimes: watched(files.utimes),
    syncFile: watched(files.syncFile),
    syncDirectory: watched(files.syncDirectory),
  };
}
