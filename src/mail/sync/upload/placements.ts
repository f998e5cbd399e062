import type { Entry } from '../../maildir/name.ts';
import { uidOf } from '../local.ts';
import type { Uploading } from './uploading.ts';

/** A local message on its way to the server: from another mailbox there, or from here. */
export interface Placement {
  readonly target: Uploading;
  readonly entry: Entry;
  readonly from?: Source;
}

export interface Source {
  readonly source: Uploading;
  readonly uid: number;
  readonly how: 'copy' | 'move';
}

/**
 * How each message gets to the server. A file that still has the name under which another mailbox delivered it was moved or
 * copied by the user: the server does the same with its own message, and no byte of it crosses the air.
 */
export function planPlacements(all: readonly Uploading[], canMove: boolean): Placement[] {
  const claimed = new Set<string>();
  return all
    .flatMap((target) =>
      unsent(target).map((entry) => {
        const found = findSource(all, entry);
        if (!found) return { target, entry };
        const key = `${found.uid} ${found.source.copy.id}`;
        const isFirst = !claimed.has(key);
        claimed.add(key);
        const moves = canMove && isFirst && found.source.copy.state.removed.has(found.uid);
        return { target, entry, from: { ...found, how: moves ? 'move' : 'copy' } as const };
      }),
    )
    .sort(copiesFirst);
}

/** Those whose fate is not known are looked for first. */
export function unsent({ copy }: Uploading): readonly Entry[] {
  const sent = new Set(copy.state.sending.map(({ base }) => base));
  return copy.fresh.filter(({ base }) => !sent.has(base));
}

function findSource(all: readonly Uploading[], entry: Entry): Omit<Source, 'how'> | undefined {
  for (const source of all) {
    const { state } = source.copy;
    const uid = uidOf(entry, state);
    if (uid !== undefined && (state.held.has(uid) || state.removed.has(uid))) return { source, uid };
  }
  return undefined;
}

/** Of two files of one message, one is copied before the other is moved. */
function copiesFirst(a: Placement, b: Placement): number {
  return Number(a.from?.how === 'move') - Number(b.from?.how === 'move');
}
