import { type Entry, parseName } from '../../maildir/name.ts';
import { UidSet } from '../../uid-set.ts';
import type { Copy } from '../copy.ts';
import { anyOf } from '../flags.ts';
import { uidOf } from '../local.ts';
import type { SyncState } from '../state.ts';
import type { Tally } from '../tally.ts';

/** A mailbox in step with the server, whose changes here are told to it. */
export interface Uploading {
  readonly copy: Copy;
  readonly tally: Tally;
  /** The user said that what is gone here is to go at the server. */
  readonly acceptsDeletions: boolean;
  fail(error: unknown): void;
}

/** Whether the server may have to be told something. (Whether removals are too many to believe shows when all copies are known.) */
export function hasChanges({ state, fresh }: Copy): boolean {
  const flags = anyOf(state.added).union(anyOf(state.cleared));
  const gone = state.removed.union(state.unmarked);
  return fresh.length > 0 || state.sending.length > 0 || !flags.isEmpty || !gone.isEmpty;
}

/** Removed messages whose files are in another mailbox now, and not there at the server yet. */
export function filedElsewhere({ state }: Copy, copies: readonly Copy[]): UidSet {
  return removedAmong(
    state,
    copies.flatMap(({ fresh }) => fresh),
  );
}

/** Those that the server has in another mailbox already: COPY was done and EXPUNGE was not. They are not lost. */
export function keptElsewhere(copy: Copy, copies: readonly Copy[]): UidSet {
  const others = copies.filter((one) => one !== copy);
  const adopted = others.flatMap(({ state }) => [...state.adopted.keys()]);
  return removedAmong(
    copy.state,
    adopted.map((base) => parseName(base, 'cur')),
  );
}

/** Which removed messages these files are. */
export function removedAmong(state: SyncState, entries: readonly Entry[]): UidSet {
  if (state.removed.isEmpty) return UidSet.empty;
  return UidSet.of(entries.flatMap((entry) => uidOf(entry, state) ?? [])).intersect(state.removed);
}
