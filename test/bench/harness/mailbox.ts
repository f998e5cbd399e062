import { link, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFiles } from '../../../src/base/files.ts';
import { silentLog } from '../../../src/base/log.ts';
import { openMaildir } from '../../../src/mail/maildir/maildir.ts';
import { formatBase, formatName } from '../../../src/mail/maildir/name.ts';
import { newTag, writeMarker } from '../../../src/mail/sync/marker.ts';
import { freshState, saveState, stateText } from '../../../src/mail/sync/state.ts';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { Journal } from '../../../src/server/mail/store/journal.ts';
import { addRecord, type StoredMessage } from '../../../src/server/mail/store/records.ts';

/** Many messages, all with the same text; made quickly, for each file is a hard link. */
export interface ManyMessages {
  readonly count: number;
  /** As it is on the disk, with LF. */
  readonly text: string;
  /** Of all of them; default 5. */
  readonly modseq?: number;
  /** UIDs that are unread; by default every third, so that the sets of flags are as ragged as they get. */
  readonly unread?: (uid: number) => boolean;
}

export const UIDVALIDITY = 1_700_000_000;
const MODSEQ = 5;
const SERVER_TAG = 'benchserver';
/** ext4 takes 65,000 links to a file. */
const LINKS = 50_000;
/** Links that are made at once. */
const BATCH = 1000;

/** A server's INBOX, with journal and files as the embedded mail server leaves them. `root` is the mail root. */
export async function makeServerInbox(root: string, user: string, many: ManyMessages): Promise<void> {
  const { path: directory } = await openMaildir(join(root, user), { create: true });
  const initial = { uidvalidity: UIDVALIDITY, tag: SERVER_TAG, generation: 0, device: null };
  const journal = await Journal.open({ directory, initial, files: nodeFiles, log: silentLog });
  const messages = Array.from({ length: many.count }, (_, index) => message(index + 1, many));
  await journal.commit(messages.map(addRecord));
  await journal.close();
  const nameOf = ({ base, uid }: StoredMessage) => formatName(base, 'cur', isRead(uid, many) ? 'S' : '');
  await linkAll(directory, messages.map(nameOf), many.text);
}

/** A device's copy of that INBOX, in step with it; its folders are a minute old. `root` is the Maildir root. */
export async function makeDeviceCopy(root: string, many: ManyMessages): Promise<void> {
  const { path } = await openMaildir(root, { create: true });
  const tag = newTag((await writeMarker(path, 'INBOX', nodeFiles)).id);
  const uids = Array.from({ length: many.count }, (_, index) => index + 1);
  const names = uids.map((uid) => formatName(baseName(uid, tag, many), 'cur', isRead(uid, many) ? 'S' : ''));
  await linkAll(path, names, many.text);
  const state = {
    ...freshState(tag),
    uidvalidity: UIDVALIDITY,
    uidnext: many.count + 1,
    modseq: BigInt(many.modseq ?? MODSEQ),
    held: many.count > 0 ? UidSet.range(1, many.count) : UidSet.empty,
    agreed: new Map([['\\Seen', UidSet.of(uids.filter((uid) => isRead(uid, many)))]]),
  };
  await saveState(path, stateText(state), nodeFiles);
  // Younger than 2 s, they would be read again in the next synchronisation.
  await age(path);
}

/** Makes the folders look unchanged for a minute. */
async function age(path: string): Promise<void> {
  const then = new Date(Date.now() - 60_000);
  for (const folder of ['cur', 'new']) await utimes(join(path, folder), then, then);
}

function isRead(uid: number, { unread = (uid) => uid % 3 === 0 }: ManyMessages): boolean {
  return !unread(uid);
}

function message(uid: number, many: ManyMessages): StoredMessage {
  return {
    uid,
    modseq: many.modseq ?? MODSEQ,
    flags: isRead(uid, many) ? ['\\Seen'] : [],
    internalDate: UIDVALIDITY * 1000,
    size: sizeOf(many),
    base: baseName(uid, SERVER_TAG, many),
  };
}

function baseName(uid: number, tag: string, many: ManyMessages): string {
  const unique = `${UIDVALIDITY}.M${uid}P1Q${uid}R00000000.bench`;
  const sizes = { size: sizeOf(many), fileSize: many.text.length };
  return formatBase(unique, sizes, { uidvalidity: UIDVALIDITY, tag, uid });
}

/** With the CRLF that the server sends. */
function sizeOf({ text }: ManyMessages): number {
  return text.length + text.split('\n').length - 1;
}

/** Makes these files in `cur`. */
export async function linkAll(path: string, names: readonly string[], text: string): Promise<void> {
  for (let first = 0; first < names.length; first += BATCH) {
    const source = join(path, 'tmp', `source-${Math.floor(first / LINKS)}`);
    if (first % LINKS === 0) await writeFile(source, text);
    const some = names.slice(first, first + BATCH);
    await Promise.all(some.map((name) => link(source, join(path, 'cur', name))));
  }
}
