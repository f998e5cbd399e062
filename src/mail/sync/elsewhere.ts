import { join } from 'node:path';
import { undefinedIfMissing } from '../../base/durable.ts';
import type { Files } from '../../base/files.ts';
import { mailboxDirectory } from '../maildir/mailbox-path.ts';
import { type Entry, parseName } from '../maildir/name.ts';
import type { Registry } from './registry.ts';

/**
 * Messages in folders below the root that are no copies of ours: a message that the user moved there is not deleted, and stays at
 * the server, for that folder goes nowhere.
 */
export async function inOtherFolders(root: string, registry: Registry, files: Files): Promise<Entry[]> {
  const ours = new Set(registry.data.mailboxes.map(({ mailbox }) => mailboxDirectory(root, mailbox)));
  const names = (await files.list(root).catch(undefinedIfMissing)) ?? [];
  const folders = names.filter((name) => /^\.[^.]/.test(name)).map((name) => join(root, name));
  const entries: Entry[] = [];
  for (const folder of folders.filter((path) => !ours.has(path))) {
    for (const part of ['cur', 'new'] as const) {
      // Most are files, ours among them.
      const found = await files.list(join(folder, part)).catch(() => []);
      for (const name of found) entries.push(parseName(name, part));
    }
  }
  return entries;
}
