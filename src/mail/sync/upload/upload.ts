import type { Entry } from '../../maildir/name.ts';
import type { Copy } from '../copy.ts';
import { tellChanges } from './changes.ts';
import { place } from './place.ts';
import { planPlacements } from './placements.ts';
import type { Selection } from './selection.ts';
import type { Uploading } from './uploading.ts';

/** A message whose original went at the server in the same moment is sent from here in the second round. */
const ROUNDS = 2;

export interface Upload {
  readonly uploading: readonly Uploading[];
  /** All copies here, also those that are not in step. */
  readonly copies: readonly Copy[];
  /** Messages in other folders. */
  readonly elsewhere: readonly Entry[];
  /** All of them could be read. */
  readonly sees: boolean;
}

/**
 * Tells the server what changed here: messages first, so that one that was filed elsewhere is there before it goes where it was;
 * then flags and deletions. Behind the answer to SELECT, never with it: UIDs must not be changed or expunged before it is certain
 * that they are still the same messages.
 */
export async function upload(selection: Selection, all: Upload): Promise<void> {
  const { uploading, copies, elsewhere, sees } = all;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { move } = selection.session.offers;
    const placements = planPlacements(uploading, move).map((one) =>
      round === 0 ? one : { target: one.target, entry: one.entry },
    );
    if (placements.length === 0) break;
    await place(selection, placements);
  }
  await tellChanges(selection, uploading, sees ? { copies, elsewhere } : undefined);
}
