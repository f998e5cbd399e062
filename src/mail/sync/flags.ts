import type { FlagUpdate } from '../session.ts';
import { UidSet } from '../uid-set.ts';

/** One set of UIDs per flag or keyword: what a mailbox's flags are, without an object per message. */
export type FlagSets = ReadonlyMap<string, UidSet>;

/** Flags that a Maildir name can carry (`$Forwarded` is its `P`, "passed"). The other keywords live in the state. */
const LETTERS = new Map([
  ['\\Draft', 'D'],
  ['\\Flagged', 'F'],
  ['$Forwarded', 'P'],
  ['\\Answered', 'R'],
  ['\\Seen', 'S'],
  ['\\Deleted', 'T'],
]);

/** The flags of `LETTERS`, in the server's spelling. */
export const LETTER_FLAGS: readonly string[] = [...LETTERS.keys()];

const CANONICAL = new Map([...LETTERS.keys()].map((flag) => [flag.toLowerCase(), flag]));

/** The maildir letter of a flag, undefined for other keywords. */
export function letterOf(flag: string): string | undefined {
  return LETTERS.get(flag);
}

/** Maildir letters, sorted, of a message's flags as the server spells them. */
export function lettersOf(flags: readonly string[]): string {
  const letters = flags.map((flag) => letterOf(canonical(flag)) ?? '');
  return [...new Set(letters)].sort().join('');
}

/** What the server calls the flags that maildir letters stand for. */
export function flagsIn(letters: string): string[] {
  return LETTER_FLAGS.filter((flag) => letters.includes(letterOf(flag) ?? ''));
}

/** System flags in the RFC's spelling (they are case-insensitive, RFC 9051 2.3.2); keywords as they are. */
export function canonical(flag: string): string {
  return CANONICAL.get(flag.toLowerCase()) ?? flag;
}

/** The UIDs that have `flag`. */
export function having(sets: FlagSets, flag: string): UidSet {
  return sets.get(flag) ?? UidSet.empty;
}

/** The same sets with nothing of these UIDs in them. */
export function withoutUids(sets: FlagSets, uids: UidSet): FlagSets {
  return uids.isEmpty ? sets : mapSets(sets, (set) => set.without(uids));
}

/** Applies `change` to each set and drops those that become empty. */
export function mapSets(sets: FlagSets, change: (set: UidSet, flag: string) => UidSet): FlagSets {
  const changed = [...sets].map(([flag, set]) => [flag, change(set, flag)] as const);
  return new Map(changed.filter(([, set]) => !set.isEmpty));
}

/** What the updates say, flag by flag. */
export function setsOf(updates: readonly Pick<FlagUpdate, 'uid' | 'flags'>[]): FlagSets {
  const uids = new Map<string, number[]>();
  for (const update of updates) {
    for (const flag of new Set(update.flags.map(canonical))) {
      const list = uids.get(flag);
      if (list) list.push(update.uid);
      else uids.set(flag, [update.uid]);
    }
  }
  return new Map([...uids].map(([flag, list]) => [flag, UidSet.of(list)]));
}

/** The sets with `uids` having exactly the flags that `said` gives them. */
export function replaceFlags(sets: FlagSets, uids: UidSet, said: FlagSets): FlagSets {
  const flags = [...new Set([...sets.keys(), ...said.keys()])].sort();
  const next = flags.map((flag) => {
    const theirs = having(said, flag).intersect(uids);
    return [flag, having(sets, flag).without(uids).union(theirs)] as const;
  });
  return new Map(next.filter(([, set]) => !set.isEmpty));
}

/** All UIDs that are in any of the sets. */
export function anyOf(sets: FlagSets): UidSet {
  return UidSet.ofRanges([...sets.values()].flatMap((set) => set.ranges));
}
