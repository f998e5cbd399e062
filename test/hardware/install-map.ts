import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const REPOSITORY = join(import.meta.dirname, '../..');

export interface Installed {
  readonly role: string;
  readonly mode: number;
  /** From the repository's root. */
  readonly source: string;
  readonly target: string;
}

/** `hardware/install/map`. */
export async function installMap(): Promise<Installed[]> {
  const text = await readFile(join(REPOSITORY, 'hardware/install/map'), 'utf8');
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const [role = '', mode = '', source = '', target = ''] = line.split(/ +/);
    return { role, mode: Number.parseInt(mode, 8), source, target };
  });
}
