import type { Entry } from '../../maildir/name.ts';
import { UidSet } from '../../uid-set.ts';
import type { Copy } from '../copy.ts';
import { canonical, type FlagSets, flagsIn, having, letterOf } from '../flags.ts';
import { type Arrival, advance, arrived } from '../plan.ts';
import type { SyncState } from '../state.ts';

/** The flags on which both sides agree for a message, keywords too. */
export function agreedFlags(state: SyncState, uid: number): string[] {
  return [...state.agreed].filter(([, uids]) => uids.has(uid)).map(([flag]) => flag);
}

/** The file is this message of the server, which has these flags there. */
export function adopt(copy: Copy, entry: Pick<Entry, 'base' | 'flags'>, message: Arrival): void {
  const { uid, flags } = message;
  const next = arrived(advance(copy.state, uid + 1), [message]);
  const here = flagsIn(entry.flags);
  const there = flags.map(canonical).filter((flag) => letterOf(flag) !== undefined);
  copy.state = {
    ...noLongerSending(next, entry.base),
    adopted: new Map([...next.adopted, [entry.base, uid]]),
    added: withUid(
      next.added,
      uid,
      here.filter((flag) => !there.includes(flag)),
    ),
    cleared: withUid(
      next.cleared,
      uid,
      there.filter((flag) => !here.includes(flag)),
    ),
  };
  copy.fresh = copy.fresh.filter(({ base }) => base !== entry.base);
}

/** The server has got it, under a UID that it did not tell. */
export function taken(state: SyncState, base: string): SyncState {
  const sending = state.sending.map((one) => (one.base === base ? { ...one, taken: true } : one));
  return { ...state, sending };
}

/** The server has not got it. */
export function noLongerSending(state: SyncState, base: string): SyncState {
  return { ...state, sending: state.sending.filter((one) => one.base !== base) };
}

/** It stays here, and is not tried again. */
export function neverSending(state: SyncState, base: string, reason: string): SyncState {
  const next = noLongerSending(state, base);
  return { ...next, refused: [...next.refused, { base, reason }] };
}

function withUid(sets: FlagSets, uid: number, flags: readonly string[]): Map<string, UidSet> {
  return new Map([
    ...sets,
    ...flags.map((flag) => [flag, having(sets, flag).union(UidSet.of([uid]))] as const),
  ]);
}
