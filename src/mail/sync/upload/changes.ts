import type { Entry } from '../../maildir/name.ts';
import type { MailSession } from '../../session.ts';
import { UidSet } from '../../uid-set.ts';
import type { Copy } from '../copy.ts';
import { anyOf, type FlagSets, mapSets } from '../flags.ts';
import { massRemoval } from '../local.ts';
import { forget } from '../plan.ts';
import type { SyncState } from '../state.ts';
import type { Selection } from './selection.ts';
import { filedElsewhere, keptElsewhere, removedAmong, type Uploading } from './uploading.ts';

const DELETED = '\\Deleted';

/**
 * Tells flags, and deletions where it is `known` what is where here: all commands for a mailbox leave at once. Harmless to repeat,
 * so nothing is written before; what was told is written afterwards, or learnt from the server's next answer.
 */
export async function tellChanges(
  selection: Selection,
  all: readonly Uploading[],
  known: Known | undefined,
): Promise<void> {
  await Promise.all(
    all.map(async (one) => {
      const { set, clear } = flagsToTell(one.copy.state);
      const removed = known ? removals(one, known) : UidSet.empty;
      if (set.size + clear.size === 0 && removed.isEmpty && one.copy.state.unmarked.isEmpty) return;
      await tell(selection, one, removed).catch((error: unknown) => one.fail(error));
    }),
  );
}

async function tell(selection: Selection, { copy, tally }: Uploading, removed: UidSet): Promise<void> {
  const { set, clear } = flagsToTell(copy.state);
  const change = (session: MailSession) =>
    Promise.all(grouped(set, clear).map(([uids, flags]) => session.changeFlags(uids, flags)));
  if (selection.session.offers.uidplus) {
    await selection.send(copy, (session) => Promise.all([change(session), expunge(session, removed)]));
  } else {
    await selection.hold(copy, (session) =>
      Promise.all([change(session), expungeAlone(session, copy, removed)]),
    );
  }
  copy.state = forget(agreedNow(copy.state, set, clear), removed);
  await copy.save();
  tally.add({ flagsTold: anyOf(set).union(anyOf(clear)).size, removedThere: removed.size });
}

async function expunge(session: MailSession, removed: UidSet): Promise<void> {
  if (removed.isEmpty) return;
  await Promise.all([session.changeFlags(removed, { set: [DELETED], clear: [] }), session.expunge(removed)]);
}

/**
 * Without UIDPLUS, EXPUNGE takes all that is marked (RFC 3501 6.4.3): marks of others are taken away for that moment (RFC 4549
 * 4.2.4), which is written down before.
 */
async function expungeAlone(session: MailSession, copy: Copy, removed: UidSet): Promise<void> {
  await putBack(session, copy);
  if (removed.isEmpty) return;
  const others = (await session.marked()).without(removed);
  copy.state = { ...copy.state, unmarked: others };
  await copy.save();
  const change = { set: [], clear: [DELETED] };
  await Promise.all([
    ...(others.isEmpty ? [] : [session.changeFlags(others, change)]),
    session.changeFlags(removed, { set: [DELETED], clear: [] }),
    session.expunge(removed),
  ]);
  await putBack(session, copy);
}

async function putBack(session: MailSession, copy: Copy): Promise<void> {
  const { unmarked } = copy.state;
  if (unmarked.isEmpty) return;
  await session.changeFlags(unmarked, { set: [DELETED], clear: [] });
  copy.state = { ...copy.state, unmarked: UidSet.empty };
  await copy.save();
}

/** The flags of messages that are still here. */
function flagsToTell(state: SyncState): { set: FlagSets; clear: FlagSets } {
  const here = (sets: FlagSets) => mapSets(sets, (uids) => uids.intersect(state.held));
  return { set: here(state.added), clear: here(state.cleared) };
}

/** Where messages that are gone from a mailbox may be. */
interface Known {
  readonly copies: readonly Copy[];
  readonly elsewhere: readonly Entry[];
}

function removals(one: Uploading, { copies, elsewhere }: Known): UidSet {
  const aside = removedAmong(one.copy.state, elsewhere);
  const what = aside.size === 1 ? '1 message is' : `${aside.size} messages are`;
  if (!aside.isEmpty)
    one.tally.remark(`${what} in a folder here that is not synchronised: kept at the server`);
  return removalsToTell(one, copies, aside);
}

function removalsToTell(
  { copy, acceptsDeletions }: Uploading,
  copies: readonly Copy[],
  aside: UidSet,
): UidSet {
  const { state } = copy;
  const filed = filedElsewhere(copy, copies).union(aside);
  const kept = keptElsewhere(copy, copies).union(filed);
  if (!acceptsDeletions && massRemoval(state, kept) !== undefined) return UidSet.empty;
  return state.removed.without(filed);
}

type Change = { readonly set: string[]; readonly clear: string[] };

/** Flags that change for the same messages go in one command. */
function grouped(set: FlagSets, clear: FlagSets): (readonly [UidSet, Change])[] {
  const groups = new Map<string, readonly [UidSet, Change]>();
  for (const [sign, sets] of [
    ['set', set],
    ['clear', clear],
  ] as const) {
    for (const [flag, uids] of sets) {
      const group = groups.get(`${uids}`) ?? ([uids, { set: [], clear: [] }] as const);
      groups.set(`${uids}`, group);
      group[1][sign].push(flag);
    }
  }
  return [...groups.values()];
}

function agreedNow(state: SyncState, set: FlagSets, clear: FlagSets): SyncState {
  const flags = [...new Set([...state.agreed.keys(), ...set.keys()])];
  const of = (sets: FlagSets, flag: string) => sets.get(flag) ?? UidSet.empty;
  const agreed = flags.map(
    (flag) => [flag, of(state.agreed, flag).union(of(set, flag)).without(of(clear, flag))] as const,
  );
  return {
    ...state,
    agreed: new Map(agreed.filter(([, uids]) => !uids.isEmpty)),
    added: new Map(mapSets(state.added, (uids, flag) => uids.without(of(set, flag)))),
    cleared: new Map(mapSets(state.cleared, (uids, flag) => uids.without(of(clear, flag)))),
  };
}
