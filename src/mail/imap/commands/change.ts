import type { FlagChange } from '../../session.ts';
import { UidSet } from '../../uid-set.ts';
import type { Command } from '../command.ts';
import { numberOf } from '../wire/items.ts';
import { flagList } from '../wire/strings.ts';

/** UID STORE; SILENT spares an answer for each message. One command for each sign. */
export function changeFlagsCommands(uids: UidSet, { set, clear }: FlagChange): (() => Command<void>)[] {
  const signs = [
    ['+', set],
    ['-', clear],
  ] as const;
  return signs
    .filter(([, flags]) => flags.length > 0)
    .map(([sign, flags]) => () => ({
      verb: 'UID STORE',
      parts: [`UID STORE ${uids} ${sign}FLAGS.SILENT ${flagList(flags)}`],
      result: () => {},
    }));
}

/** UID EXPUNGE (RFC 4315), or EXPUNGE where there is none. */
export function expungeCommand(uids: UidSet, uidplus: boolean): Command<void> {
  return {
    verb: uidplus ? 'UID EXPUNGE' : 'EXPUNGE',
    parts: [uidplus ? `UID EXPUNGE ${uids}` : 'EXPUNGE'],
    result: () => {},
  };
}

/** UIDs of the messages that are marked as deleted. */
export function markedCommand(): Command<UidSet> {
  let found = UidSet.empty;
  return {
    verb: 'UID SEARCH',
    parts: ['UID SEARCH DELETED'],
    data: (response) => {
      if (response.kind !== 'data' || response.name !== 'SEARCH') return;
      found = found.union(UidSet.of(response.items.flatMap((item) => numberOf(item) || [])));
    },
    result: () => found,
  };
}
