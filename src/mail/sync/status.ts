import { type Files, nodeFiles } from '../../base/files.ts';
import { mailboxDirectory } from '../maildir/mailbox-path.ts';
import { anyOf } from './flags.ts';
import { readMarker } from './marker.ts';
import { openRegistry } from './registry.ts';
import { loadState, reachedPlace, type SyncState } from './state.ts';

/** What is known of one mailbox copy without asking anybody: as the last synchronisation left it. */
export interface CopyStatus {
  readonly mailbox: string;
  /** `missing`: the copy that was set up is not there (lost mount); `new`: never synchronised. */
  readonly problem?: 'missing' | 'new';
  readonly messages: number;
  /** On the server and not here yet, at most. */
  readonly owed: number;
  /** Changed or removed here, and the server was not told yet. */
  readonly changedHere: number;
  readonly removedHere: number;
  readonly reached?: { readonly uidvalidity: number; readonly uidnext: number };
  /** A download over the budget that waits for consent. */
  readonly awaiting?: { readonly count: number; readonly bytes: number };
}

/** The copies below `root`, in the order in which they were set up. `registry` as in SyncOptions. */
export async function copyStatus(
  root: string,
  options: { files?: Files; registry?: string } = {},
): Promise<CopyStatus[]> {
  const files = options.files ?? nodeFiles;
  const registry = await openRegistry(root, options.registry, files);
  const found: CopyStatus[] = [];
  for (const { mailbox, id } of registry.data.mailboxes) {
    const path = mailboxDirectory(root, mailbox);
    const marker = await readMarker(path, files);
    const state = marker?.id === id ? await loadState(path, files) : undefined;
    found.push(state ? describe(mailbox, state) : nothing(mailbox, marker?.id === id ? 'new' : 'missing'));
  }
  return found;
}

function describe(mailbox: string, state: SyncState): CopyStatus {
  const reached = reachedPlace(state);
  return {
    mailbox,
    ...figures(state),
    ...(reached ? { reached } : { problem: 'new' as const }),
    ...(state.awaiting ? { awaiting: state.awaiting } : {}),
  };
}

function figures(state: SyncState): Pick<CopyStatus, 'messages' | 'owed' | 'changedHere' | 'removedHere'> {
  return {
    messages: state.held.size,
    owed: state.owed.size,
    changedHere: anyOf(state.added).union(anyOf(state.cleared)).size,
    removedHere: state.removed.size,
  };
}

function nothing(mailbox: string, problem: 'missing' | 'new'): CopyStatus {
  return { mailbox, problem, messages: 0, owed: 0, changedHere: 0, removedHere: 0 };
}
