import type { FlagUpdate, Selected } from '../session.ts';
import { MAX_UID, UidSet } from '../uid-set.ts';
import {
  anyOf,
  type FlagSets,
  having,
  LETTER_FLAGS,
  letterOf,
  replaceFlags,
  setsOf,
  withoutUids,
} from './flags.ts';
import type { Pending, SyncState } from './state.ts';

/** What the server said about messages that the copy knows. */
export interface News {
  readonly updates: readonly Pick<FlagUpdate, 'uid' | 'flags'>[];
  readonly vanished: UidSet;
}

/** The state to write before the disk is touched (its `pending` says what is to be done there), and what it means. */
export interface Plan {
  readonly state: SyncState;
  readonly flagged: number;
  readonly expunged: number;
}

/**
 * Three-way, flag by flag: what the server says is agreed from now on. A flag that the user changed here keeps
 * its local value and stays owed until the server has it too; every other flag follows the server. What vanished
 * at the server goes here as well, whatever its local flags. (Pure.)
 */
export function planNews(state: SyncState, news: News): Plan {
  const told = UidSet.of(news.updates.map((update) => update.uid))
    .intersect(state.held)
    .without(news.vanished);
  const said = setsOf(news.updates);
  const missed = UidSet.of(news.updates.map(({ uid }) => uid)).intersect(state.removed);
  const letters = planLetters(state, told, said);
  const agreed = replaceFlags(state.agreed, told, said);
  const expunge = news.vanished.intersect(state.held);
  const next = forget(
    {
      ...state,
      missed: state.missed.union(missed),
      agreed: new Map(agreed),
      added: letters.added,
      cleared: letters.cleared,
    },
    news.vanished,
  );
  const changed = anyOf(letters.set)
    .union(anyOf(letters.clear))
    .union(keywordChanges(state.agreed, agreed, told));
  const pending: Pending = {
    set: letters.set,
    clear: letters.clear,
    expunge,
    bases: adoptedAs(state, expunge),
  };
  return {
    state: { ...next, unsure: next.unsure.without(told), ...(isNothing(pending) ? {} : { pending }) },
    flagged: changed.without(state.unsure).size,
    expunged: expunge.size,
  };
}

/** Base names of files whose names do not say that they are these messages. */
function adoptedAs({ adopted }: SyncState, uids: UidSet): string[] {
  return [...adopted].filter(([, uid]) => uids.has(uid)).map(([base]) => base);
}

type Letters = Pick<SyncState, 'added' | 'cleared'> & Pick<Pending, 'set' | 'clear'>;

function planLetters(state: SyncState, told: UidSet, said: FlagSets): Letters {
  const plan: Letters = { added: new Map(), cleared: new Map(), set: new Map(), clear: new Map() };
  for (const flag of LETTER_FLAGS) {
    const theirs = having(said, flag).intersect(told);
    const added = having(state.added, flag);
    const cleared = having(state.cleared, flag);
    const here = having(state.agreed, flag).union(added).without(cleared);
    const free = told.without(added).without(cleared);
    put(plan.set, flag, theirs.intersect(free).without(here));
    put(plan.clear, flag, free.without(theirs).intersect(here));
    put(plan.added, flag, added.without(theirs));
    put(plan.cleared, flag, cleared.without(told.without(theirs)));
  }
  return plan;
}

function put(sets: Map<string, UidSet>, flag: string, uids: UidSet): void {
  if (!uids.isEmpty) sets.set(flag, uids);
}

function keywordChanges(before: FlagSets, after: FlagSets, told: UidSet): UidSet {
  const flags = [...new Set([...before.keys(), ...after.keys()])].filter((flag) => !letterOf(flag));
  return flags.reduce((changed, flag) => {
    const old = having(before, flag);
    const now = having(after, flag);
    return changed.union(old.without(now).union(now.without(old)).intersect(told));
  }, UidSet.empty);
}

/** Drops all that the state says about these UIDs. */
export function forget(state: SyncState, uids: UidSet): SyncState {
  if (uids.isEmpty) return state;
  return {
    ...state,
    held: state.held.without(uids),
    owed: state.owed.without(uids),
    removed: state.removed.without(uids),
    unsure: state.unsure.without(uids),
    agreed: new Map(withoutUids(state.agreed, uids)),
    added: new Map(withoutUids(state.added, uids)),
    cleared: new Map(withoutUids(state.cleared, uids)),
    adopted:
      state.adopted.size === 0
        ? state.adopted
        : new Map([...state.adopted].filter(([, uid]) => !uids.has(uid))),
    unmarked: state.unmarked.without(uids),
    partial: state.partial.without(uids),
    missed: state.missed.without(uids),
  };
}

function isNothing({ set, clear, expunge, bases }: Pending): boolean {
  return set.size === 0 && clear.size === 0 && expunge.isEmpty && bases.length === 0;
}

/** What is to be downloaded: the owed rest and everything from UIDNEXT on that is not here (after a crash it may be). */
export function wanted(state: SyncState): UidSet {
  return state.owed.union(UidSet.range(state.uidnext, MAX_UID)).without(state.held).without(state.removed);
}

/** What the server showed at SELECT that cannot be, in words; undefined when all is well (same UIDVALIDITY). */
export function nonsense(state: SyncState, selected: Selected): string | undefined {
  if (selected.uidnext < state.uidnext) {
    return `UIDNEXT went back from ${state.uidnext} to ${selected.uidnext} under the same UIDVALIDITY`;
  }
  const before = state.modseq;
  if (before !== undefined && selected.highestModseq !== undefined && selected.highestModseq < before) {
    return `HIGHESTMODSEQ went back from ${before} to ${selected.highestModseq} under the same UIDVALIDITY`;
  }
  return undefined;
}

/** More messages than this do not go at the server from one session to the next without a question. */
const MANY = 10;

/** A mailbox that is suddenly empty, in words. */
export function emptied({ held }: SyncState, { exists }: Selected): string | undefined {
  if (exists > 0 || held.size <= MANY) return undefined;
  return `it is empty at the server, and ${held.size} messages are here; to let them go: ringpost sync --accept-deletions`;
}

/** UIDNEXT moves on; what lies between is owed until it is here. */
export function advance(state: SyncState, uidnext: number): SyncState {
  if (uidnext <= state.uidnext) return state;
  const between = UidSet.range(state.uidnext, uidnext - 1)
    .without(state.held)
    .without(state.removed);
  return { ...state, uidnext, owed: state.owed.union(between) };
}

/** A message on the disk, with the flags that came along: these are agreed. */
export interface Arrival extends Pick<FlagUpdate, 'uid' | 'flags'> {
  /** Only its first bytes. */
  readonly partial?: boolean;
}

/** Messages that arrived on the disk. */
export function arrived(state: SyncState, messages: readonly Arrival[]): SyncState {
  const uids = UidSet.of(messages.map((message) => message.uid));
  const partial = UidSet.of(messages.flatMap((message) => (message.partial ? [message.uid] : [])));
  return {
    ...state,
    held: state.held.union(uids),
    owed: state.owed.without(uids),
    partial: state.partial.union(partial),
    agreed: new Map(replaceFlags(state.agreed, uids, setsOf(messages))),
  };
}
