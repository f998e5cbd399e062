import { keywordOf, modseqOf } from '../../../../mail/imap/wire/items.ts';
import { flagList } from '../../../../mail/imap/wire/strings.ts';
import { UidSet } from '../../../../mail/uid-set.ts';
import type { FlagChange } from '../../store/flag-change.ts';
import { type Arguments, readFlags } from '../arguments.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandSpec, type CommandTable, type Outcome, SELECTED } from './command.ts';

/** STORE and UID STORE, with UNCHANGEDSINCE (RFC 7162 3.1.3). */
export const storeCommands: CommandTable = {
  STORE: store('no-expunge'),
  'UID STORE': store('all'),
};

const MODES: Readonly<Record<string, FlagChange['mode']>> = { '': 'replace', '+': 'add', '-': 'remove' };

function store(updates: 'all' | 'no-expunge'): CommandSpec {
  return {
    states: SELECTED,
    updates,
    async run(session, args, byUid) {
      const { view } = session;
      const uids = view.resolve(args.text('the messages'), byUid);
      const unchangedSince = readUnchangedSince(session, args);
      const { mode, silent } = readMode(args.keyword('the item'));
      const flags = readFlags(args.optionalList() ?? args.rest());
      args.end();
      if (view.readOnly) throw no('The mailbox is read-only', 'READ-ONLY');
      const change = { uids, mode, flags, unchangedSince };
      const { changed, modified } = await view.mailbox.setFlags(change, view);
      const told = silent ? changed : uids.without(modified);
      if (!silent || session.condstore) tell(session, told, { byUid, flags: !silent });
      return outcome(session, uids, modified, byUid);
    },
  };
}

function readUnchangedSince(session: Session, args: Arguments): bigint | undefined {
  const items = args.optionalList();
  if (!items) return undefined;
  const modseq = modseqOf(items[1]);
  if (keywordOf(items[0]) !== 'UNCHANGEDSINCE' || modseq === undefined || items.length > 2) {
    throw bad('an unknown modifier');
  }
  if (!session.has('CONDSTORE')) throw bad('CONDSTORE is not offered');
  session.condstore = true;
  return modseq;
}

function readMode(item: string): { mode: FlagChange['mode']; silent: boolean } {
  const match = /^([+-]?)FLAGS(\.SILENT)?$/.exec(item);
  const mode = MODES[match?.[1] ?? 'none'];
  if (!match || !mode) throw bad('STORE knows FLAGS, +FLAGS and -FLAGS, each with .SILENT');
  return { mode, silent: match[2] !== undefined };
}

/** The messages as they are now; .SILENT leaves out the flags, but not a new MODSEQ (RFC 7162 3.1.3). */
function tell(session: Session, uids: UidSet, what: { byUid: boolean; flags: boolean }): void {
  const { view, output } = session;
  for (const message of view.mailbox.among(uids)) {
    const number = view.numberOf(message.uid);
    if (number === undefined) continue;
    const items = [
      ...(what.byUid || session.qresync ? [`UID ${message.uid}`] : []),
      ...(what.flags ? [`FLAGS ${flagList(view.flagsOf(message))}`] : []),
      ...(session.condstore ? [`MODSEQ (${message.modseq})`] : []),
    ];
    output.line(`* ${number} FETCH (${items.join(' ')})`);
  }
  if (what.flags) view.told(uids);
}

function outcome(session: Session, uids: UidSet, modified: UidSet, byUid: boolean): Outcome {
  if (!modified.isEmpty) {
    const failed = byUid ? modified : UidSet.of([...modified].map((uid) => session.view.numberOf(uid) ?? 0));
    return { text: 'Some were changed meanwhile', code: `MODIFIED ${failed}` };
  }
  const gone = !byUid && [...uids].some((uid) => !session.view.mailbox.get(uid));
  if (gone) throw no('Some of them are expunged', 'EXPUNGEISSUED');
  return { text: 'Stored' };
}
