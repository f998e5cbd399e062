import { join } from 'node:path';
import type { Files } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { mailboxDirectory } from '../maildir/mailbox-path.ts';
import { openMaildir } from '../maildir/maildir.ts';
import { formatBase, formatName } from '../maildir/name.ts';
import { uniqueName } from '../maildir/unique.ts';
import { readMarker, writeMarker } from '../sync/marker.ts';
import { openRegistry } from '../sync/registry.ts';
import { isRole } from '../sync/roles.ts';
import type { Measure } from './letter.ts';
import type { OutboxOptions } from './options.ts';

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
export async function openSent(options: OutboxOptions, files: Files): Promise<SentFolder> {
  const { root, clock } = options;
  const mailbox = await nameOf(options, files);
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

async function nameOf(options: OutboxOptions, files: Files): Promise<string> {
  const { sentMailbox = 'Sent', root, registry } = options;
  if (!isRole(sentMailbox)) return sentMailbox;
  const known = (await openRegistry(root, registry, files)).data.roles[sentMailbox];
  if (known !== undefined) return known;
  const message = `which mailbox is ${sentMailbox} (RFC 6154) is known once it was synchronised: it belongs into [imap] mailboxes`;
  throw new MailError(message, { code: 'no-mailbox', temporary: true, fields: { role: sentMailbox } });
}
