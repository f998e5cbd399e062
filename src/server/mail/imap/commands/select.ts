import {
  type Item,
  keywordOf,
  listOf,
  modseqOf,
  numberOf,
  textOf,
} from '../../../../mail/imap/wire/items.ts';
import { parseSequenceSet } from '../../../../mail/imap/wire/sequence-set.ts';
import { flagList } from '../../../../mail/imap/wire/strings.ts';
import { UidSet } from '../../../../mail/uid-set.ts';
import { SYSTEM_FLAGS } from '../../store/flags.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import type { Arguments } from '../arguments.ts';
import { bad } from '../refusal.ts';
import type { Session } from '../session.ts';
import { View } from '../view.ts';
import { type CommandSpec, type CommandTable, LOGGED_IN, type Outcome, SELECTED } from './command.ts';

/** SELECT and EXAMINE with CONDSTORE and QRESYNC (RFC 7162), CLOSE, UNSELECT (RFC 3691). */
export const selectCommands: CommandTable = {
  SELECT: select(false),
  EXAMINE: select(true),
  CLOSE: {
    states: SELECTED,
    updates: 'none',
    async run(session, args) {
      args.end();
      const { view } = session;
      if (!view.readOnly)
        await view.mailbox.expunge(view.mailbox.uids(), { deletedOnly: true, origin: view });
      session.unselect();
      return { text: 'Closed' };
    },
  },
  UNSELECT: {
    states: SELECTED,
    updates: 'none',
    async run(session, args) {
      args.end();
      session.unselect();
      return { text: 'Unselected' };
    },
  },
};

/** A longer sequence match is passed over: it only saves bytes. */
const MAX_MATCH = 10_000;

/** What the client knows of the mailbox (RFC 7162 3.2.5). */
interface Resync {
  readonly uidvalidity: number;
  readonly modseq: bigint;
  readonly known: UidSet | undefined;
  /** Sequence numbers and the UIDs that they had when the client last looked. */
  readonly match: readonly (readonly [number: number, uid: number])[];
}

function select(readOnly: boolean): CommandSpec {
  return {
    states: LOGGED_IN,
    updates: 'none',
    async run(session, args) {
      const name = args.mailbox();
      const resync = readParameters(session, args);
      const wasSelected = session.state === 'selected';
      // RFC 3501 6.3.1: a SELECT that fails leaves no mailbox selected.
      session.unselect();
      const mailbox = await session.mailboxes.mailbox(name);
      await mailbox.look();
      if (wasSelected && session.qresync) session.output.line('* OK [CLOSED] The mailbox before is closed');
      const view = new View(mailbox, readOnly);
      session.select(view);
      tellState(session, view);
      if (resync && resync.uidvalidity === mailbox.uidvalidity) tellChanges(session, view, resync);
      return outcome(readOnly);
    },
  };
}

function outcome(readOnly: boolean): Outcome {
  return readOnly ? { text: 'Examined', code: 'READ-ONLY' } : { text: 'Selected', code: 'READ-WRITE' };
}

function tellState(session: Session, view: View): void {
  const { output } = session;
  const { mailbox } = view;
  const flags = [...SYSTEM_FLAGS, ...keywordsOf(mailbox)];
  output.line(`* FLAGS ${flagList(flags)}`);
  const permanent = view.readOnly ? '()' : `(${[...flags, '\\*'].join(' ')})`;
  output.line(`* OK [PERMANENTFLAGS ${permanent}] Flags that stay`);
  output.line(`* ${view.exists} EXISTS`);
  output.line(`* ${view.recent} RECENT`);
  const unseen = mailbox.messages.findIndex((message) => !message.flags.includes('\\Seen'));
  if (unseen >= 0) output.line(`* OK [UNSEEN ${unseen + 1}] First unseen`);
  output.line(`* OK [UIDVALIDITY ${mailbox.uidvalidity}] UIDs valid`);
  output.line(`* OK [UIDNEXT ${mailbox.uidnext}] Next UID`);
  if (session.has('CONDSTORE')) output.line(`* OK [HIGHESTMODSEQ ${mailbox.highestModseq}] Highest`);
}

function keywordsOf(mailbox: Mailbox): string[] {
  const keywords = new Set<string>();
  const seen = new Set<readonly string[]>();
  for (const { flags } of mailbox.messages) {
    if (seen.has(flags)) continue;
    seen.add(flags);
    for (const flag of flags) if (!flag.startsWith('\\')) keywords.add(flag);
  }
  return [...keywords].sort().slice(0, 200);
}

function tellChanges(session: Session, view: View, resync: Resync): void {
  const { mailbox } = view;
  const asked = resync.known ?? UidSet.range(1, mailbox.uidnext - 1);
  const vanished = mailbox.vanishedSince(
    resync.modseq,
    asked.without(UidSet.range(1, matchedUpTo(view, resync))),
  );
  if (!vanished.isEmpty) session.output.line(`* VANISHED (EARLIER) ${vanished}`);
  for (const message of mailbox.among(asked)) {
    if (BigInt(message.modseq) <= resync.modseq) continue;
    const flags = flagList(view.flagsOf(message));
    const number = view.numberOf(message.uid);
    session.output.line(`* ${number} FETCH (UID ${message.uid} FLAGS ${flags} MODSEQ (${message.modseq}))`);
  }
}

/** The highest UID that still has the number it had: nothing vanished below it (RFC 7162 3.2.5.2). */
function matchedUpTo(view: View, { match }: Resync): number {
  let matched = 0;
  for (const [number, uid] of match) {
    if (view.uidOf(number) !== uid) break;
    matched = uid;
  }
  return matched;
}

function readParameters(session: Session, args: Arguments): Resync | undefined {
  const items = args.optionalList();
  args.end();
  const first = keywordOf(items?.[0]);
  if (first === 'CONDSTORE' && session.has('CONDSTORE')) session.condstore = true;
  else if (first === 'QRESYNC') {
    if (!session.qresync) throw bad('QRESYNC is not enabled');
    return readResync(listOf(items?.[1]) ?? []);
  } else if (items) throw bad('an unknown parameter');
  return undefined;
}

function readResync(items: readonly Item[]): Resync {
  const uidvalidity = numberOf(items[0]);
  const modseq = modseqOf(items[1]);
  if (!uidvalidity || modseq === undefined) throw bad('QRESYNC needs UIDVALIDITY and MODSEQ');
  const hasKnown = items[2] !== undefined && items[2].kind !== 'list';
  const match = listOf(items[hasKnown ? 3 : 2]);
  return {
    uidvalidity,
    modseq,
    known: hasKnown ? parseUids(items[2]) : undefined,
    match: match ? readMatch(match) : [],
  };
}

function readMatch(items: readonly Item[]): [number, number][] {
  const [numbers, uids] = [parseUids(items[0]), parseUids(items[1])];
  if (numbers.size !== uids.size) throw bad('QRESYNC gives other numbers than UIDs');
  if (numbers.size > MAX_MATCH) return [];
  const list = [...uids];
  return [...numbers].map((number, at) => [number, list[at] as number]);
}

function parseUids(item: Item | undefined): UidSet {
  const text = textOf(item) ?? '';
  // RFC 7162 3.2.5: `*` is not allowed here.
  if (text.includes('*')) throw bad('no * in QRESYNC');
  return parseSequenceSet(text, 0, 'client-confused');
}
