import type { Entry } from '../maildir/name.ts';
import { UidSet } from '../uid-set.ts';
import { type FlagSets, having, LETTER_FLAGS, letterOf, withoutUids } from './flags.ts';
import type { Renumbering, SyncState } from './state.ts';

/** What a listing says, without an object per message. */
export interface LocalView {
  readonly present: UidSet;
  /** Letter flags as they are in the names. */
  readonly flags: FlagSets;
  /** Messages that the server has not: written here, or filed here from another mailbox. */
  readonly fresh: readonly Entry[];
}

type Naming = Pick<SyncState, 'uidvalidity' | 'tag' | 'renumbered' | 'adopted'>;

/** The UID that a file has today; undefined for what this mailbox did not deliver. */
export function uidOf(entry: Entry, state: Naming): number | undefined {
  const adopted = state.adopted.get(entry.base);
  if (adopted !== undefined) return adopted;
  if (entry.uid === undefined) return undefined;
  if (entry.tag === state.tag) return entry.uidvalidity === state.uidvalidity ? entry.uid : undefined;
  const group = state.renumbered.find(
    (one) => one.tag === entry.tag && one.uidvalidity === entry.uidvalidity,
  );
  return group && todaysUid(group, entry.uid);
}

function todaysUid(group: Renumbering, uid: number): number | undefined {
  let low = 0;
  let high = group.runs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first = 0, now = 0, count = 0] = group.runs[middle] ?? [];
    if (uid < first) high = middle - 1;
    else if (uid >= first + count) low = middle + 1;
    else return now + uid - first;
  }
  return undefined;
}

/** Sums a listing up. Of two files with the same UID (a copy with our name in it) the second is a message of its own. */
export function viewOf(entries: Iterable<Entry>, state: SyncState): LocalView {
  const present = new Set<number>();
  const flags = LETTER_FLAGS.map((flag) => ({ flag, letter: letterOf(flag) ?? '', uids: [] as number[] }));
  const others: Entry[] = [];
  for (const entry of entries) {
    const uid = uidOf(entry, state);
    if (uid === undefined || present.has(uid) || !isKnown(uid, state)) {
      others.push(entry);
      continue;
    }
    present.add(uid);
    for (const { letter, uids } of flags) if (entry.flags.includes(letter)) uids.push(uid);
  }
  return {
    present: setOfMany(present),
    flags: new Map(flags.map(({ flag, uids }) => [flag, setOfMany(uids)])),
    fresh: others.length === 0 ? [] : freshAmong(others, state),
  };
}

/** A UID that the server may have. Those below UIDNEXT of which the state says nothing are gone there: the file was put back. */
export function isKnown(uid: number, state: SyncState): boolean {
  return uid >= state.uidnext || state.held.has(uid) || state.owed.has(uid) || state.removed.has(uid);
}

function freshAmong(entries: readonly Entry[], state: SyncState): Entry[] {
  const kept = new Set(state.refused.map(({ base }) => base));
  return entries.filter(({ base }) => !kept.has(base));
}

/** As `UidSet.of`, without an array per UID: a hundred thousand of them are many. */
function setOfMany(uids: Iterable<number>): UidSet {
  const sorted = Uint32Array.from(uids).sort();
  const ranges: [number, number][] = [];
  for (const uid of sorted) {
    const range = ranges[ranges.length - 1];
    if (range && uid <= range[1] + 1) range[1] = uid;
    else ranges.push([uid, uid]);
  }
  return UidSet.ofRanges(ranges);
}

/**
 * Takes in what the user or a crash changed: files that are gone were removed here, files that the state does
 * not know were delivered before a crash (`unsure`) or put back, and flags that differ from those agreed are
 * local changes. Nothing is sent yet; all of it is kept owed to the server.
 */
export function reconcile(state: SyncState, view: LocalView): SyncState {
  const gone = state.held.without(view.present);
  const back = view.present.without(state.held).intersect(state.removed);
  const found = view.present.without(state.held).without(state.removed);
  return {
    ...state,
    held: view.present,
    removed: state.removed.union(gone).without(back),
    owed: state.owed.without(view.present),
    unsure: state.unsure.without(gone).union(found).union(back.intersect(state.missed)),
    missed: state.missed.without(back),
    ...localChanges(withoutUids(state.agreed, found), view),
  };
}

/** Flags in the names that were not agreed, and agreed flags that the names no longer have. */
function localChanges(agreed: FlagSets, view: LocalView): Pick<SyncState, 'agreed' | 'added' | 'cleared'> {
  const added = new Map<string, UidSet>();
  const cleared = new Map<string, UidSet>();
  for (const flag of LETTER_FLAGS) {
    const here = having(view.flags, flag);
    const base = having(agreed, flag).intersect(view.present);
    const more = here.without(base);
    const less = base.without(here);
    if (!more.isEmpty) added.set(flag, more);
    if (!less.isEmpty) cleared.set(flag, less);
  }
  return { agreed: new Map(agreed), added, cleared };
}

/** More than max(10, 25 %) gone: too many to believe without asking (DESIGN, Guards). In words, or undefined. */
export function massRemoval(state: SyncState, filedElsewhere = UidSet.empty): string | undefined {
  const gone = state.removed.without(filedElsewhere).size;
  const all = gone + state.held.size;
  if (gone <= Math.max(10, all / 4)) return undefined;
  return `${gone} of ${all} messages are gone from this copy; nothing is deleted at the server`;
}
