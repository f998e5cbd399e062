import { codeOf } from '../../../../base/errors.ts';
import { type Item, keywordOf, modseqOf } from '../../../../mail/imap/wire/items.ts';
import { UidSet } from '../../../../mail/uid-set.ts';
import { type FetchItem, readFetchItems } from '../fetch/items.ts';
import { respond } from '../fetch/respond.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandSpec, type CommandTable, SELECTED } from './command.ts';

/** FETCH and UID FETCH, with CHANGEDSINCE and VANISHED (RFC 7162 3.1.4, 3.2.6). */
export const fetchCommands: CommandTable = {
  FETCH: fetch('no-expunge'),
  'UID FETCH': fetch('all'),
};

interface Modifiers {
  readonly changedSince?: bigint;
  readonly vanished: boolean;
}

function fetch(updates: 'all' | 'no-expunge'): CommandSpec {
  return {
    states: SELECTED,
    updates,
    async run(session, args, byUid) {
      const { view } = session;
      const setText = args.text('the messages');
      const asked = readFetchItems(args.item('the items'));
      const modifiers = readModifiers(session, args.optionalList(), byUid);
      args.end();
      const uids = view.resolve(setText, byUid);
      const items = complete(session, asked, byUid, modifiers);
      if (modifiers.vanished) tellVanished(session, setText, modifiers.changedSince ?? 0n);
      await markSeen(session, asked, uids);
      const missed = await fetchAll(session, uids, items, modifiers.changedSince);
      if (missed && !byUid) throw no('Some of them are expunged', 'EXPUNGEISSUED');
      return { text: 'Fetched' };
    },
  };
}

/** Adds what goes without saying: UID in UID FETCH, MODSEQ with CHANGEDSINCE, FLAGS where `\Seen` is set. */
function complete(
  session: Session,
  asked: readonly FetchItem[],
  byUid: boolean,
  { changedSince }: Modifiers,
): FetchItem[] {
  const has = (name: string) => asked.some((item) => item.kind === 'index' && item.name === name);
  if (has('MODSEQ') && !session.has('CONDSTORE')) throw bad('MODSEQ is not offered');
  if (has('MODSEQ')) session.condstore = true;
  const items = [...asked];
  const wantsModseq = changedSince !== undefined || (session.condstore && marksSeen(session, asked));
  if (marksSeen(session, asked) && !has('FLAGS')) items.unshift({ kind: 'index', name: 'FLAGS' });
  if (wantsModseq && !has('MODSEQ')) items.unshift({ kind: 'index', name: 'MODSEQ' });
  if (byUid && !has('UID')) items.unshift({ kind: 'index', name: 'UID' });
  return items;
}

function readModifiers(session: Session, items: readonly Item[] | undefined, byUid: boolean): Modifiers {
  if (!items) return { vanished: false };
  const words = items.map((item) => keywordOf(item) ?? '');
  const at = words.indexOf('CHANGEDSINCE');
  const changedSince = at < 0 ? undefined : modseqOf(items[at + 1]);
  const vanished = words.includes('VANISHED');
  const known = words.filter((word, place) => word === 'VANISHED' || place === at || place === at + 1);
  if (changedSince === undefined || known.length !== words.length) throw bad('an unknown modifier');
  if (!session.has('CONDSTORE')) throw bad('CONDSTORE is not offered');
  if (vanished && !(byUid && session.qresync)) throw bad('VANISHED needs QRESYNC and UID FETCH');
  session.condstore = true;
  return { changedSince, vanished };
}

/** The set is taken as it was sent: it may name UIDs that are long gone (RFC 7162 3.2.6). */
function tellVanished(session: Session, setText: string, since: bigint): void {
  const { mailbox } = session.view;
  const asked = parseWide(setText, mailbox.uidnext - 1);
  const vanished = mailbox.vanishedSince(since, asked);
  if (!vanished.isEmpty) session.output.line(`* VANISHED (EARLIER) ${vanished}`);
}

function parseWide(text: string, largest: number): UidSet {
  return UidSet.parse(text.replaceAll('*', String(Math.max(1, largest))));
}

function marksSeen(session: Session, items: readonly FetchItem[]): boolean {
  return !session.view.readOnly && items.some((item) => item.kind === 'body' && item.marksSeen);
}

async function markSeen(session: Session, items: readonly FetchItem[], uids: UidSet): Promise<void> {
  if (!marksSeen(session, items)) return;
  const change = { uids, mode: 'add', flags: ['\\Seen'] } as const;
  await session.view.mailbox.setFlags(change, session.view);
}

/** Tells whether some of the messages are gone. */
async function fetchAll(
  session: Session,
  uids: UidSet,
  items: readonly FetchItem[],
  changedSince: bigint | undefined,
): Promise<boolean> {
  const { view, output, transport } = session;
  const { mailbox } = view;
  const messages = [...mailbox.among(uids)];
  let missed = messages.length < uids.size;
  for (const { uid } of messages) {
    // As it is now: another session may have changed it while this one was sending.
    const message = mailbox.get(uid);
    if (!message) missed = true;
    if (!message || (changedSince !== undefined && BigInt(message.modseq) <= changedSince)) continue;
    const told = await respondUnlessGone(session, message, items);
    missed ||= !told;
    transport.alive();
  }
  await output.relieve();
  return missed;
}

async function respondUnlessGone(
  session: Session,
  message: Parameters<typeof respond>[2],
  items: readonly FetchItem[],
): Promise<boolean> {
  try {
    await respond(session.output, session.view, message, items);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'message-gone') throw error;
    return false;
  }
}
