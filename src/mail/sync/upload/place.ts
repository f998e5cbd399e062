import { asError, codeOf, RingpostError } from '../../../base/errors.ts';
import type { Entry } from '../../maildir/name.ts';
import { isPartial } from '../../partial/marker.ts';
import type { MailSession, Placed } from '../../session.ts';
import { UidSet } from '../../uid-set.ts';
import { type Copy, takeNews } from '../copy.ts';
import { flagsIn } from '../flags.ts';
import { forget } from '../plan.ts';
import { adopt, agreedFlags, neverSending, noLongerSending, taken } from './adopt.ts';
import { noteSending, resolveSending } from './in-doubt.ts';
import type { Placement, Source } from './placements.ts';
import type { Selection } from './selection.ts';
import type { Uploading } from './uploading.ts';

/** Messages on their way at once, in bytes: they are in memory until their answers come. */
const BATCH_BYTES = 1_000_000;

/** Brings the messages to the server. What it refuses stays here and is named; a lost session rejects. */
export async function place(selection: Selection, placements: readonly Placement[]): Promise<void> {
  const targets = [...new Set(placements.map(({ target }) => target))];
  for (const target of targets) {
    await noteSending(
      target.copy,
      placements.filter((one) => one.target === target),
    );
  }
  const fromHere = placements.filter(({ from }) => from === undefined);
  const done = [appendAll(selection.session, fromHere), transferAll(selection, placements)];
  const results = await Promise.allSettled(done);
  for (const { copy } of touched(placements)) await copy.save();
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  for (const { copy } of targets) await resolveSending(selection, copy);
  for (const target of targets) await takeAlong(target, placements);
}

/** Targets before sources: a message that was moved is known where it is before it is forgotten where it was. */
function touched(placements: readonly Placement[]): Set<Uploading> {
  const sources = placements.flatMap(({ from }) => (from ? [from.source] : []));
  return new Set([...placements.map(({ target }) => target), ...sources]);
}

async function appendAll(session: MailSession, placements: readonly Placement[]): Promise<void> {
  let answers: Promise<void>[] = [];
  let bytes = 0;
  for (const placement of placements) {
    const content = await contentOf(placement);
    if (content === undefined) continue;
    if (bytes + content.length > BATCH_BYTES) {
      await Promise.all(answers);
      answers = [];
      bytes = 0;
    }
    bytes += content.length;
    answers.push(append(session, placement, content));
    answers[answers.length - 1]?.catch(() => {});
  }
  await Promise.all(answers);
}

/** As the server is to have it. Undefined: the user has removed it meanwhile, or another program has changed it. */
async function contentOf({ target, entry }: Placement): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of target.copy.maildir.read(entry)) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    if (!isPartial(content)) return content;
    refuse(
      target,
      entry,
      new Error('only a part of this message is here, and it is not where it was at the server'),
    );
    return undefined;
  } catch (error) {
    if (codeOf(error) === 'disk') refuse(target, entry, error);
    else if (codeOf(error) !== 'message-gone') throw error;
    return undefined;
  }
}

async function append(session: MailSession, { target, entry }: Placement, content: Buffer): Promise<void> {
  const { copy, tally } = target;
  const internalDate = await copy.maildir.internalDate(entry);
  const flags = flagsIn(entry.flags);
  try {
    const placed = await session.append(copy.mailbox, { content, flags, internalDate });
    const uid = uidIn(placed, copy, 0);
    if (uid !== undefined) adopt(copy, entry, { uid, flags });
    else copy.state = taken(copy.state, entry.base);
    tally.add({ appended: 1 });
  } catch (error) {
    if (codeOf(error) === 'session-lost') throw error;
    refuse(target, entry, error);
  }
}

/** It is kept, and named; after a refusal for good it is not tried again. */
function refuse({ copy, tally }: Uploading, { base }: Entry, error: unknown): void {
  const reason = asError(error).message.slice(0, 300);
  const isPassing = error instanceof RingpostError && error.temporary;
  copy.state = isPassing ? noLongerSending(copy.state, base) : neverSending(copy.state, base, reason);
  copy.fresh = copy.fresh.filter((one) => one.base !== base);
  tally.remark(`${base}: ${reason}`);
}

type Transfer = Placement & { readonly from: Source };

/** One command for each pair of mailboxes. */
async function transferAll(selection: Selection, placements: readonly Placement[]): Promise<void> {
  const groups = new Map<string, Transfer[]>();
  for (const { target, entry, from } of placements) {
    if (!from) continue;
    const key = `${from.source.copy.id} ${target.copy.id} ${from.how}`;
    groups.set(key, [...(groups.get(key) ?? []), { target, entry, from }]);
  }
  await Promise.all([...groups.values()].map((group) => transfer(selection, group)));
}

async function transfer(selection: Selection, group: readonly Transfer[]): Promise<void> {
  const [{ target, from }] = group as [Transfer];
  const uids = UidSet.of(group.map((one) => one.from.uid));
  try {
    const send = (session: MailSession) => session.transfer(uids, target.copy.mailbox, from.how);
    transferred(group, await selection.send(from.source.copy, send));
  } catch (error) {
    untransferred(group, error);
  }
}

/** What the server changed on a message while it was filed here is done here now, under its new UID. */
async function takeAlong({ copy }: Uploading, placements: readonly Placement[]): Promise<void> {
  const updates = placements.flatMap(({ target, entry, from }) => {
    const flags = from?.source.copy.flagsOfRemoved.get(from.uid);
    const uid = copy.state.adopted.get(entry.base);
    return target.copy === copy && flags && uid !== undefined ? [{ uid, flags }] : [];
  });
  if (updates.length > 0) await takeNews(copy, { updates, vanished: UidSet.empty });
}

function transferred(group: readonly Transfer[], placed: Placed | undefined): void {
  for (const { target, entry, from } of group) {
    const { copy } = from.source;
    const uid = uidIn(placed, target.copy, from.uid);
    const partial = copy.state.partial.has(from.uid);
    const flags = agreedFlags(copy.state, from.uid);
    if (uid !== undefined) adopt(target.copy, entry, { uid, flags, partial });
    // Where the UIDs are told, it was not there any more: its file here is the only one left.
    else if (placed) target.copy.state = noLongerSending(target.copy.state, entry.base);
    if (from.how === 'move') copy.state = forget(copy.state, UidSet.of([from.uid]));
    if (uid !== undefined || !placed) target.tally.add({ transferred: 1 });
  }
}

/** Not possible at the server: they are sent from here. */
function untransferred(group: readonly Transfer[], error: unknown): void {
  if (codeOf(error) === 'session-lost') throw error;
  for (const { target, entry } of group) {
    target.copy.state = noLongerSending(target.copy.state, entry.base);
  }
}

/** Undefined also when it is a UID of another epoch: then it is looked for in the next one. */
function uidIn(placed: Placed | undefined, { state }: Copy, before: number): number | undefined {
  if (placed?.uidvalidity !== state.uidvalidity) return undefined;
  return placed.uids.find(([old]) => old === before)?.[1];
}
