import { type Files, type FileWriter, nodeFiles } from '../../../src/base/files.ts';

/** The file system of this machine, and what was asked of it. */
export class CountingFiles implements Files {
  bytesWritten = 0;
  syncs = 0;
  reads = 0;
  /** Told of every file that got its name. */
  onRename: (path: string) => void = () => {};
  readStream = nodeFiles.readStream;
  unlink = nodeFiles.unlink;
  makeDirectory = nodeFiles.makeDirectory;
  utimes = nodeFiles.utimes;
  list = nodeFiles.list;
  stat = nodeFiles.stat;

  read(path: string): Promise<Buffer> {
    this.reads += 1;
    return nodeFiles.read(path);
  }

  async create(path: string): Promise<FileWriter> {
    return this.#counted(await nodeFiles.create(path));
  }

  async append(path: string): Promise<FileWriter> {
    return this.#counted(await nodeFiles.append(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await nodeFiles.rename(from, to);
    this.onRename(to);
  }

  syncFile(path: string): Promise<void> {
    this.syncs += 1;
    return nodeFiles.syncFile(path);
  }

  syncDirectory(path: string): Promise<void> {
    this.syncs += 1;
    return nodeFiles.syncDirectory(path);
  }

  #counted(writer: FileWriter): FileWriter {
    return {
      write: (chunk) => {
        this.bytesWritten += chunk.length;
        return writer.write(chunk);
      },
      sync: () => {
        this.syncs += 1;
        return writer.sync();
      },
      close: () => writer.close(),
    };
  }
}
