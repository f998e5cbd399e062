import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const HARDWARE = new URL('../../hardware/', import.meta.url).pathname;

/** How it ended; `code` is null when it was killed. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A directory to install into, as DESTDIR: what a packager does, and any user may. */
export interface Target {
  readonly root: string;
  install(...words: string[]): Promise<Outcome>;
  /** As `install`, but killed with all its children at the n-th call of a tool that changes something. */
  installKilledAt(call: number, ...words: string[]): Promise<Outcome>;
  /** Each path with its mode and content; directories end with `/`. */
  tree(): Promise<Record<string, string>>;
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
}

export async function madeTarget(files: Readonly<Record<string, string>> = {}): Promise<Target> {
  const base = await mkdtemp(join(tmpdir(), 'ringpost-install-'));
  const root = join(base, 'root');
  await mkdir(root);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  return {
    root,
    write,
    read: (path) => readFile(join(root, path), 'utf8'),
    tree: () => treeOf(root),
    install: (...words) => run(words, { DESTDIR: root }),
    installKilledAt: async (call, ...words) => run(words, { DESTDIR: root, ...(await killer(base, call)) }),
  };
}

/** The script in a process group of its own, as an ordinary user would run it. */
export function run(words: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', ...environment };
  return new Promise((resolve) => {
    const child = execFile(
      'setsid',
      ['--wait', `${HARDWARE}install.sh`, ...words],
      { env },
      (_error, out, err) => resolve({ code: child.exitCode === 137 ? null : child.exitCode, out, err }),
    );
  });
}

const TOOLS = ['install', 'mkdir', 'mv', 'cp', 'rm', 'rmdir', 'sync'];

/** Tools of the same names that count their calls, do their work, and at the n-th kill the group in place of it. */
async function killer(base: string, call: number): Promise<Record<string, string>> {
  const bin = await mkdtemp(join(base, 'bin-'));
  for (const tool of TOOLS) {
    const script = `#!/bin/sh
echo >>"${bin}/calls"
[ "$(wc -l <"${bin}/calls")" -ne ${call} ] || kill -KILL 0
PATH=\${PATH#*:} exec ${tool} "$@"
`;
    await writeFile(join(bin, tool), script);
    await chmod(join(bin, tool), 0o755);
  }
  return { PATH: `${bin}:${process.env.PATH}` };
}

async function treeOf(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true })).sort();
  const entries = names.map(async (name): Promise<[string, string]> => {
    const found = await lstat(join(root, name));
    const mode = (found.mode & 0o777).toString(8);
    if (found.isDirectory()) return [`${name}/`, mode];
    return [name, `${mode} ${await readFile(join(root, name), 'utf8')}`];
  });
  return Object.fromEntries(await Promise.all(entries));
}
