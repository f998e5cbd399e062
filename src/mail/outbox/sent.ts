import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Files } from '../../base/files.ts';
import { mailboxDirectory } from '../maildir/mailbox-path.ts';
import { openMaildir } from '../maildir/maildir.ts';
import { formatBase, formatName } from '../maildir/name.ts';
import { uniqueName } from '../maildir/unique.ts';
import { readMarker, writeMarker } from '../sync/marker.ts';
import type { Measure } from './letter.ts';

/** The mailbox of what was sent: to the synchronisation a message there is a new local one. */
export interface SentFolder {
  /** Its `cur`. */
  readonly directory: string;
  /** A fresh base name of ours, and the file name for it: read by the user (S). With sizes where line ends can be restored. */
  name(sizes: Measure['stored']): { readonly base: string; readonly file: string };
}

/**
 * Makes the Maildir of the mailbox where it is missing. A new one gets the marker of our mailboxes at once: the synchronisation
 * does not take over a directory that holds messages and has none.
 */
export async function openSent(
  root: string,
  mailbox: string,
  files: Files,
  clock: Clock,
): Promise<SentFolder> {
  const path = mailboxDirectory(root, mailbox);
  const maildir = await openMaildir(path, { files, clock, create: true });
  const isNew = !(await readMarker(path, files)) && (await maildir.list()).length === 0;
  if (isNew) await writeMarker(path, mailbox, files);
  return {
    directory: join(path, 'cur'),
    name(sizes) {
      const unique = uniqueName(clock.now());
      const base = sizes === undefined ? unique : formatBase(unique, sizes, undefined);
      return { base, file: formatName(base, 'cur', 'S') };
    },
  };
}
