import type { Entry } from '../maildir/name.ts';
import type { WholeWanted } from '../partial/wanted.ts';
import type { OnMessage } from '../session.ts';
import { UidSet } from '../uid-set.ts';
import type { Budget } from './budget.ts';
import type { Copy } from './copy.ts';
import { uidOf } from './local.ts';
import { plainId, readMessageId } from './match.ts';
import { finishReplacing } from './replacing.ts';
import type { Tally } from './tally.ts';
import type { Selection } from './upload/selection.ts';

interface Whole {
  readonly copy: Copy;
  readonly tally: Tally;
  readonly budget: Budget;
}

/**
 * Brings whole messages in the place of partial copies: each is on the disk before its partial copy goes, and until then the
 * state says which of the two is to go. Flags stay as they are here.
 */
export async function bringWhole(
  selection: Selection,
  whole: Whole,
  partial: readonly Entry[],
): Promise<void> {
  const { copy, tally, budget } = whole;
  if (partial.length === 0) return;
  const old = new Map(partial.map((entry) => [uidOf(entry, copy.state) ?? 0, entry]));
  copy.state = { ...copy.state, replacing: partial.map(({ base }) => base) };
  await copy.save();
  const batch = copy.maildir.batch();
  const place = { uidvalidity: copy.state.uidvalidity, tag: copy.state.tag };
  const bring: OnMessage = async ({ uid, size, internalDate }, body) => {
    const entry = old.get(uid);
    if (!entry) return;
    budget.charge(copy, size);
    await batch.deliver({ ...place, uid, internalDate, flags: entry.flags, folder: entry.folder }, body);
    tally.add({ fetched: 1, fetchedBytes: size });
  };
  await selection.send(copy, (session) => session.fetchMessages(UidSet.of(old.keys()), bring));
  await batch.commit();
  await finishReplacing(copy);
}

/** What is wanted of this mailbox, as far as it has partial copies at all. */
export function wantedIn({ mailbox, state }: Copy, wanted: readonly WholeWanted[]): readonly WholeWanted[] {
  if (state.partial.isEmpty) return [];
  return wanted.filter((one) => one.mailbox === undefined || one.mailbox === mailbox);
}

/** The partial copies of this mailbox that are wanted. */
export async function partialWanted(copy: Copy, wanted: readonly WholeWanted[]): Promise<Entry[]> {
  const asked = wantedIn(copy, wanted);
  if (asked.length === 0) return [];
  const found: Entry[] = [];
  for (const entry of await copy.maildir.list()) {
    const uid = uidOf(entry, copy.state);
    if (uid === undefined || !copy.state.partial.has(uid) || !copy.state.held.has(uid)) continue;
    if (await isWanted(copy, entry, asked)) found.push(entry);
  }
  return found;
}

async function isWanted(copy: Copy, entry: Entry, asked: readonly WholeWanted[]): Promise<boolean> {
  const names = asked.flatMap(({ which }) => which);
  if (names.includes('all') || names.includes(entry.base)) return true;
  const messageId = await readMessageId(copy.maildir, entry);
  return messageId !== undefined && names.some((name) => plainId(name) === plainId(messageId));
}
