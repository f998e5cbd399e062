import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Brought, LocalChange } from './peer.ts';

interface Stored {
  readonly path: string;
  readonly isFlagged: boolean;
}

/** A Maildir by UID. Both Ringpost and mbsync have the UID in the file's name. */
type Listing = ReadonlyMap<number, Stored>;

/** The UID of a file name; undefined where it has none. */
export type UidOf = (name: string) => number | undefined;

async function listing(root: string, uidOf: UidOf): Promise<Listing> {
  const found = new Map<number, Stored>();
  for (const folder of ['cur', 'new']) {
    for (const name of await readdir(join(root, folder))) {
      const uid = uidOf(name);
      if (uid !== undefined) found.set(uid, { path: join(root, folder, name), isFlagged: hasFlag(name) });
    }
  }
  return found;
}

const hasFlag = (name: string) => /:2,[A-Z]*F/.test(name);

/** What a mail reader does: sets the letter F in the name, and removes the file. */
export async function changeMaildir(
  root: string,
  uidOf: UidOf,
  { flagged, removed }: LocalChange,
): Promise<void> {
  const before = await listing(root, uidOf);
  const pathOf = (uid: number) =>
    before.get(uid)?.path ?? Promise.reject(new Error(`${root} has no UID ${uid}`));
  for (const uid of flagged) {
    const path = await pathOf(uid);
    await rename(path, path.replace(/(?<=:2,)D?/, '$&F'));
  }
  for (const uid of removed) await rm(await pathOf(uid));
}

/** Notes what a Maildir has; the function tells what has changed in it since. */
export async function watchMaildir(root: string, uidOf: UidOf): Promise<() => Promise<Brought>> {
  const before = await listing(root, uidOf);
  return async () => {
    const after = await listing(root, uidOf);
    const added = [...after].filter(([uid]) => !before.has(uid));
    return {
      texts: await Promise.all(added.map(([, { path }]) => readFile(path, 'utf8'))),
      flagged: [...after].flatMap(([uid, { isFlagged }]) =>
        isFlagged && before.get(uid)?.isFlagged === false ? [uid] : [],
      ),
      removed: [...before.keys()].filter((uid) => !after.has(uid)),
    };
  };
}
