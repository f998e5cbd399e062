import type { Entry } from '../maildir/name.ts';
import type { ListedMessage, Selected } from '../session.ts';
import { UidSet } from '../uid-set.ts';
import { type FlagSets, mapSets } from './flags.ts';
import { isKnown, reconcile, uidOf, viewOf } from './local.ts';
import { isOwnTag } from './marker.ts';
import type { Match } from './match.ts';
import { type Plan, planNews } from './plan.ts';
import { freshState, type Renumbering, type SyncState } from './state.ts';

export interface Renumbered {
  readonly before: SyncState;
  /** For files delivered from now on. */
  readonly tag: string;
  /** Of the mailbox. */
  readonly id: string;
  readonly selected: Selected;
  readonly listed: readonly ListedMessage[];
  readonly match: Match;
  /** All files of the mailbox. */
  readonly entries: readonly Entry[];
}

/**
 * The state after a UIDVALIDITY change (or the first one of all). Files keep their names, so the state maps the
 * old UIDs in the names to today's, in runs; flags agreed and changes owed move along. Messages that did not match
 * are owed; files that did not match stay where they are and belong to no UID any more: the server may have come
 * back from a backup that lacks them. Ambiguous files go (they are downloaded again), or they would be there twice.
 * A removal that was still owed is lost with its UID: that message comes back.
 */
export function renumber(all: Renumbered): Plan {
  const { before, tag, id, selected, listed, match } = all;
  const byName = (entry: Entry) => isOwnTag(entry.tag, id) && !before.adopted.has(entry.base);
  const now = new Map<number, number>();
  for (const { entry, uid } of match.pairs) {
    const old = uidOf(entry, before);
    if (old !== undefined && before.held.has(old)) now.set(old, uid);
  }
  const held = UidSet.of(match.pairs.map((pair) => pair.uid));
  const moved: SyncState = {
    ...freshState(tag),
    ...serverPlace(selected),
    held,
    owed: UidSet.of(listed.map((message) => message.uid)).without(held),
    agreed: translate(before.agreed, now),
    renumbered: renumberings(match.pairs.filter(({ entry }) => byName(entry))),
    adopted: new Map(
      match.pairs.filter(({ entry }) => !byName(entry)).map(({ entry, uid }) => [entry.base, uid]),
    ),
    refused: [...before.refused, ...lostThere(all)],
    consented: before.consented,
  };
  const entries = match.pairs.map((pair) => pair.entry);
  const plan = planNews(reconcile(moved, viewOf(entries, moved)), {
    updates: listed,
    vanished: UidSet.empty,
  });
  return { ...plan, state: withBases(plan.state, match.ambiguous) };
}

/**
 * What was at the server and is there no more stays here and is not sent: the server may have come back from a backup, or
 * somebody deleted it. Without a state, that is all that this mailbox ever delivered.
 */
function lostThere({ before, id, match, entries }: Renumbered): SyncState['refused'] {
  const { pairs, ambiguous } = match;
  const known = [...pairs.map(({ entry }) => entry), ...ambiguous, ...before.refused];
  const found = new Set(known.map(({ base }) => base));
  const wasThere = (entry: Entry) => {
    const uid = uidOf(entry, before);
    if (before.uidvalidity === 0 || uid === undefined) return isOwnTag(entry.tag, id);
    return isKnown(uid, before) && !before.sending.some(({ base }) => base === entry.base);
  };
  return entries
    .filter((entry) => !found.has(entry.base) && wasThere(entry))
    .map(({ base }) => ({ base, reason: 'the server numbered its messages anew, and has it no more' }));
}

/** What SELECT said, as the state keeps it. */
export function serverPlace(
  selected: Selected,
): Pick<SyncState, 'uidvalidity' | 'uidnext'> & { modseq?: bigint } {
  const { uidvalidity, uidnext, highestModseq } = selected;
  return { uidvalidity, uidnext, ...(highestModseq === undefined ? {} : { modseq: highestModseq }) };
}

function withBases(state: SyncState, ambiguous: readonly Entry[]): SyncState {
  if (ambiguous.length === 0) return state;
  const nothing = { set: new Map(), clear: new Map(), expunge: UidSet.empty };
  const bases = ambiguous.map((entry) => entry.base);
  return { ...state, pending: { ...(state.pending ?? nothing), bases } };
}

function translate(sets: FlagSets, now: ReadonlyMap<number, number>): Map<string, UidSet> {
  const moved = mapSets(sets, (set) => UidSet.of([...set].flatMap((uid) => now.get(uid) ?? [])));
  return new Map(moved);
}

function renumberings(pairs: Match['pairs']): Renumbering[] {
  const groups = new Map<string, Renumbering>();
  const sorted = [...pairs].sort((a, b) => (a.entry.uid ?? 0) - (b.entry.uid ?? 0));
  for (const { entry, uid } of sorted) {
    const { uidvalidity = 0, tag = '', uid: old = 0 } = entry;
    const key = `${uidvalidity}.${tag}`;
    const group = groups.get(key) ?? { uidvalidity, tag, runs: [] };
    groups.set(key, group);
    addToRuns(group.runs, old, uid);
  }
  return [...groups.values()];
}

function addToRuns(runs: Renumbering['runs'], old: number, now: number): void {
  const run = runs[runs.length - 1];
  if (run && old === run[0] + run[2] && now === run[1] + run[2]) run[2] += 1;
  else runs.push([old, now, 1]);
}
