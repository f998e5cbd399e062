import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { UsageError } from '../command.ts';

/** A secret from standard input: typed unseen at a terminal, else all of it without its line end. */
export async function readTyped(prompt: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) return (await textOf(process.stdin)).replace(/\r?\n$/, '');
  process.stderr.write(prompt);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

/** The same from a file, or with `-` from standard input. Refused when others can read it. */
export async function readSecretFrom(file: string, prompt: string, signal: AbortSignal): Promise<string> {
  if (file === '-') return readTyped(prompt, signal);
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new UsageError(`${file}: there is no such file`);
  if ((found.mode & 0o077) !== 0) throw new UsageError(`others can read ${file}; mend: chmod 600 ${file}`);
  return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
}
