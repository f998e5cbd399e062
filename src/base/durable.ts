import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { codeOf } from './errors.ts';
import { type Files, nodeFiles } from './files.ts';

/** Replaces the file's content so that a power cut leaves the old or the new one, whole. */
export async function writeDurable(
  path: string,
  content: string | Uint8Array,
  files = nodeFiles,
): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeAndSync(files, temporary, content);
    await files.rename(temporary, path);
  } catch (error) {
    await removeIfThere(temporary, files).catch(() => {});
    throw error;
  }
  await files.syncDirectory(dirname(path));
}

/** Appends and waits until it is on the disk. */
export async function appendDurable(
  path: string,
  content: string | Uint8Array,
  files = nodeFiles,
): Promise<void> {
  const writer = await files.append(path);
  try {
    await writer.write(Buffer.from(content as Uint8Array));
    await writer.sync();
  } finally {
    await writer.close();
  }
}

/** Removes the file and makes the removal durable; a missing file is fine. */
export async function removeDurable(path: string, files = nodeFiles): Promise<void> {
  await removeIfThere(path, files);
  await files.syncDirectory(dirname(path));
}

/** The content, or undefined when there is no such file. Other errors are thrown. */
export async function readIfThere(path: string, files = nodeFiles): Promise<Buffer | undefined> {
  return files.read(path).catch(undefinedIfMissing);
}

/** For `.catch`: ENOENT becomes undefined, everything else is thrown again. */
export function undefinedIfMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}

async function writeAndSync(files: Files, path: string, content: string | Uint8Array): Promise<void> {
  const writer = await files.create(path);
  try {
    await writer.write(Buffer.from(content as Uint8Array));
    await writer.sync();
  } finally {
    await writer.close();
  }
}

async function removeIfThere(path: string, files: Files): Promise<void> {
  await files.unlink(path).catch(undefinedIfMissing);
}
