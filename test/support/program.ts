import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const PACKAGES = 'test/real/packages.txt';

/** Fails, naming the Debian package, when the program is not there; and when the list of packages lacks that one. */
export async function need(program: string, debianPackage: string): Promise<void> {
  const listed = (await readFile(PACKAGES, 'utf8')).split('\n');
  if (!listed.includes(debianPackage))
    throw new Error(`${debianPackage}, which has ${program}, is not in ${PACKAGES}`);
  await promisify(execFile)('/bin/sh', ['-c', 'command -v "$0"', program]).catch(() => {
    throw new Error(`${program} is not installed: apt-get install ${debianPackage}`);
  });
}
