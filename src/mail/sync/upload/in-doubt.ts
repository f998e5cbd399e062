import type { Entry } from '../../maildir/name.ts';
import type { ListedMessage, OnMessage } from '../../session.ts';
import { MAX_UID, UidSet } from '../../uid-set.ts';
import { type Copy, lookInto, takeNews } from '../copy.ts';
import { flagsIn } from '../flags.ts';
import { plainId, readMessageId } from '../match.ts';
import type { Sending, SyncState } from '../state.ts';
import { wholeSize } from '../whole-size.ts';
import { adopt, agreedFlags, neverSending, noLongerSending } from './adopt.ts';
import type { Placement } from './placements.ts';
import type { Selection } from './selection.ts';

/** Says on the disk that these messages may reach the server from now on. */
export async function noteSending(copy: Copy, placements: readonly Placement[]): Promise<void> {
  const records: Sending[] = [];
  for (const { entry, from } of placements) {
    const messageId = plainId((await readMessageId(copy.maildir, entry)) ?? '');
    const size = (await wholeSize(copy, entry)) ?? (await copy.maildir.size(entry));
    const flags = from ? agreedFlags(from.source.copy.state, from.uid) : flagsIn(entry.flags);
    records.push({ base: entry.base, messageId, size, since: copy.state.uidnext, flags, taken: false });
  }
  copy.state = { ...copy.state, sending: [...copy.state.sending, ...records] };
  await copy.save();
}

/**
 * Finds out what became of messages whose answer never came, or came without their UIDs: those that the server has among its
 * newer ones are adopted, the others are to be sent again. One whose file went meanwhile is brought as any other: it may be in
 * another mailbox here, and nobody said that it is to go.
 */
export async function resolveSending(selection: Selection, copy: Copy): Promise<void> {
  const { sending } = copy.state;
  if (sending.length === 0) return;
  const since = Math.min(...sending.map((one) => one.since));
  const listed = await selection.send(copy, (session) => session.list(UidSet.range(since, MAX_UID)));
  const here = new Map((await copy.maildir.list()).map((entry) => [entry.base, entry]));
  const updates: ListedMessage[] = [];
  for (const record of sending) {
    const entry = here.get(record.base);
    const found = await find(selection, copy, record, entry, listed);
    if (entry && found) {
      const partial = (await wholeSize(copy, entry)) !== undefined;
      adopt(copy, entry, { uid: found.uid, flags: record.flags, partial });
      updates.push(found);
    } else copy.state = notFound(copy.state, record);
  }
  // What was changed there since it was sent, is changed here.
  await takeNews(copy, { updates, vanished: UidSet.empty });
  await copy.save();
  await lookInto(copy);
}

/** It is sent again, unless the server said that it took it: then somebody has removed it there, or the server has changed it. */
function notFound(state: SyncState, { base, taken }: Sending): SyncState {
  if (!taken) return noLongerSending(state, base);
  return neverSending(state, base, 'the server took it, and does not show it');
}

async function find(
  selection: Selection,
  copy: Copy,
  record: Sending,
  entry: Entry | undefined,
  listed: readonly ListedMessage[],
): Promise<ListedMessage | undefined> {
  const possible = listed.filter(
    ({ uid, messageId }) =>
      uid >= record.since && !isTaken(copy, uid) && plainId(messageId ?? '') === record.messageId,
  );
  for (const message of possible) {
    if (message.size !== record.size) continue;
    // Without a Message-ID, only the same bytes are proof.
    if (record.messageId !== '' || (entry && (await isSame(selection, copy, entry, message.uid))))
      return message;
  }
  // Some servers change what they are given.
  return record.messageId !== '' && possible.length === 1 ? possible[0] : undefined;
}

function isTaken({ state }: Copy, uid: number): boolean {
  return state.held.has(uid) || state.removed.has(uid);
}

async function isSame(selection: Selection, copy: Copy, entry: Entry, uid: number): Promise<boolean> {
  const here: Uint8Array[] = [];
  for await (const chunk of copy.maildir.read(entry)) here.push(chunk);
  let same = false;
  const compare: OnMessage = async (_head, body) => {
    const there: Uint8Array[] = [];
    for await (const chunk of body) there.push(Buffer.from(chunk));
    same = Buffer.concat(here).equals(Buffer.concat(there));
  };
  await selection.send(copy, (session) => session.fetchMessages(UidSet.of([uid]), compare));
  return same;
}
