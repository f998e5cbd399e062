import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../support/room.ts';
import { REPOSITORY } from './install-map.ts';

const SCRIPT = join(REPOSITORY, 'hardware/install.sh');

export interface Run {
  /** null: killed. */
  readonly code: number | null;
  readonly output: string;
}

export interface RunOptions {
  readonly script?: string;
  /** Directory of programs that come before the system's. */
  readonly programs?: string;
}

/** Runs `install.sh` below a directory. */
export function install(root: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const env = { PATH: pathWith(options.programs), DESTDIR: root };
  return new Promise((resolve) => {
    execFile(options.script ?? SCRIPT, [...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });
}

/**
 * The same, killed with all its children before the first `mv`, `cp`, `rm`, `mkdir` or `chmod` whose words match: `*` is
 * anything, ROOT the directory. Resolves with whether it came so far.
 */
export async function killedInstall(root: string, args: readonly string[], before: string): Promise<boolean> {
  const programs = await deadlyPrograms(before.replaceAll('ROOT', root));
  const env = { PATH: pathWith(programs), DESTDIR: root };
  const child = spawn(SCRIPT, [...args], { env, stdio: 'ignore', detached: true });
  const [, signal] = await once(child, 'exit');
  return signal === 'SIGKILL';
}

async function deadlyPrograms(pattern: string): Promise<string> {
  const directory = await temporaryDirectory();
  for (const name of ['mv', 'cp', 'rm', 'mkdir', 'chmod']) {
    const kill = `case "${name} $*" in ${pattern.replaceAll(' ', '\\ ')}) kill -KILL 0 ;; esac`;
    await writeFile(join(directory, name), `#!/bin/sh\n${kill}\nPATH=/usr/bin:/bin exec ${name} "$@"\n`);
    await chmod(join(directory, name), 0o755);
  }
  return directory;
}

/** Path to mode and content of all that is below a directory. */
export async function treeOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true });
  const described = entries.sort().map(async (path): Promise<[string, string]> => {
    const found = await stat(join(root, path));
    const mode = (found.mode & 0o777).toString(8);
    if (found.isDirectory()) return [path, `${mode} directory`];
    return [path, `${mode} ${await readFile(join(root, path), 'latin1')}`];
  });
  return Object.fromEntries(await Promise.all(described));
}

/** A machine as it was before: what others have put there. */
export async function machine(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

function pathWith(programs: string | undefined): string {
  return `${programs ? `${programs}:` : ''}${process.env.PATH}`;
}
