import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../src/base/errors.ts';

/**
 * The messages of a Maildir as they were sent: it holds LF where they had CRLF (or all bytes as they came).
 * A character is a byte. They are in the order of their bytes: that of the names says nothing.
 */
export async function mailsIn(maildir: string): Promise<string[]> {
  const folders = await Promise.all(['new', 'cur'].map((name) => filesIn(join(maildir, name))));
  return folders.flat().map(asSent).sort();
}

function asSent(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return text.includes('\r') ? text : text.replaceAll('\n', '\r\n');
}

/** JSON objects, one a line; none when there is no file. */
export async function linesOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8').catch(missing(''));
  const lines = text.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function filesIn(directory: string): Promise<Buffer[]> {
  const names = await readdir(directory).catch(missing([] as string[]));
  return Promise.all(names.map((name) => readFile(join(directory, name))));
}

function missing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (codeOf(error) === 'ENOENT') return value;
    throw error;
  };
}
