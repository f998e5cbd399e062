import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the firmware tells under this name, `model` or `hat/product`; empty where it tells nothing. `root` is `/` but in tests. */
export async function deviceTree(root: string, name: string): Promise<string> {
  const text = await readFile(join(root, 'proc/device-tree', name), 'utf8').catch(() => '');
  // Its texts end with a NUL.
  return text.replace(/\0.*$/s, '').trim();
}
