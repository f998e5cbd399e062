import { UidSet } from '../../uid-set.ts';
import type { Copy } from '../copy.ts';
import { anyOf } from '../flags.ts';
import { massRemoval, uidOf } from '../local.ts';
import type { Tally } from '../tally.ts';

/** A mailbox in step with the server, whose changes here are told to it. */
export interface Uploading {
  readonly copy: Copy;
  readonly tally: Tally;
  /** The user said that what is gone here is to go at the server. */
  readonly acceptsDeletions: boolean;
  fail(error: unknown): void;
}

/** Whether the server has to be told something. */
export function hasChanges({
  copy,
  acceptsDeletions,
}: Pick<Uploading, 'copy' | 'acceptsDeletions'>): boolean {
  const { state, fresh } = copy;
  const flags = anyOf(state.added).union(anyOf(state.cleared));
  const removed = !state.removed.isEmpty && (acceptsDeletions || massRemoval(state) === undefined);
  return fresh.length > 0 || state.sending.length > 0 || !flags.isEmpty || removed || !state.unmarked.isEmpty;
}

/** Removed messages whose files are in another mailbox now, and not there at the server yet. */
export function filedElsewhere({ state }: Copy, copies: readonly Copy[]): UidSet {
  if (state.removed.isEmpty) return UidSet.empty;
  const uids = copies.flatMap(({ fresh }) => fresh.flatMap((entry) => uidOf(entry, state) ?? []));
  return UidSet.of(uids).intersect(state.removed);
}
