import { UidSet } from '../../../mail/uid-set.ts';
import type { StoredMessage } from './records.ts';

export interface FlagChange {
  readonly uids: UidSet;
  readonly mode: 'replace' | 'add' | 'remove';
  /** In their usual spelling (`normaliseFlag`). */
  readonly flags: readonly string[];
  /** Messages that changed after this are left alone (RFC 7162 3.1.3). */
  readonly unchangedSince?: bigint | undefined;
}

export interface FlagGroup {
  readonly flags: readonly string[];
  readonly messages: StoredMessage[];
}

/** Puts together the messages that end up with the same flags; those that have them already are left out. */
export function groupByResult(
  messages: Iterable<StoredMessage>,
  change: FlagChange,
): { readonly groups: readonly FlagGroup[]; readonly modified: UidSet } {
  const groups = new Map<string, FlagGroup>();
  const modified: number[] = [];
  for (const message of messages) {
    if (change.unchangedSince !== undefined && BigInt(message.modseq) > change.unchangedSince) {
      modified.push(message.uid);
      continue;
    }
    const flags = resultOf(message.flags, change);
    const key = flags.join(' ');
    if (key === [...message.flags].sort().join(' ')) continue;
    const group = groups.get(key) ?? { flags, messages: [] };
    group.messages.push(message);
    groups.set(key, group);
  }
  return { groups: [...groups.values()], modified: UidSet.of(modified) };
}

function resultOf(before: readonly string[], { mode, flags }: FlagChange): string[] {
  const named = new Set(flags.map((flag) => flag.toLowerCase()));
  const others = before.filter((flag) => !named.has(flag.toLowerCase()));
  if (mode === 'remove') return others.sort();
  const kept = before.filter((flag) => named.has(flag.toLowerCase()));
  const known = new Set(kept.map((flag) => flag.toLowerCase()));
  const added = [...kept, ...flags.filter((flag) => !known.has(flag.toLowerCase()))];
  return [...new Set(mode === 'add' ? [...others, ...added] : added)].sort();
}
