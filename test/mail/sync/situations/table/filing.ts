import type { Situation } from '../table.ts';

/** Messages that were moved and copied here. */
export const filing: Readonly<Record<string, Situation>> = {
  'filed here': { start: 'a:S b', do: ['here move a Archive'], end: 'b; Archive a:S' },
  'filed here, only INBOX is asked for': {
    start: 'a:S b',
    do: ['here move a Archive'],
    end: 'b; Archive a:S',
    sync: ['INBOX'],
  },
  'filed here, only the target is asked for': {
    start: 'a:S b',
    do: ['here move a Archive'],
    end: 'b; Archive a:S',
    sync: ['Archive'],
  },
  'filed here with a keyword': {
    start: 'a:S+work b',
    do: ['here move a Archive'],
    end: 'b; Archive a:S+work',
  },
  'flagged and filed here': {
    start: 'a b',
    do: ['here flag a FS', 'here move a Archive'],
    end: 'b; Archive a:FS',
  },
  'filed, then a flag is cleared here': {
    start: 'a:FS',
    do: ['here move a Archive', 'here unflag a@Archive F'],
    end: 'Archive a:S',
  },
  'several filed here, in two mailboxes': {
    start: 'a b c d',
    do: ['here move a Archive', 'here move b Archive', 'here move c Work'],
    end: 'd; Archive a b; Work c',
  },
  'filed here and back before anybody heard of it': {
    start: 'a b',
    do: ['here move a Archive', 'here move a@Archive INBOX'],
    end: 'a b',
  },
  'filed here, synchronised, and back': {
    start: 'a b',
    do: ['here move a Archive', 'sync', 'here move a@Archive INBOX'],
    end: 'a b',
  },
  'filed here, synchronised, and on': {
    start: 'a b',
    do: ['here move a Archive', 'sync', 'here move a@Archive Work'],
    end: 'b; Work a',
  },
  'filed here, synchronised, removed': {
    start: 'a b',
    do: ['here move a Archive', 'sync', 'here remove a@Archive'],
    end: 'b',
  },
  'filed here while it was flagged at the server': {
    start: 'a b',
    do: ['there flag a F', 'here move a Archive'],
    end: 'b; Archive a:F',
  },
  'filed here while it was expunged at the server': {
    start: 'a b',
    do: ['there remove a', 'here move a Archive'],
    end: 'b; Archive a',
  },
  'filed here and new mail in both': {
    start: 'a; Archive x',
    do: ['here move a Archive', 'there add b', 'there add y@Archive'],
    end: 'b; Archive x y a',
  },
  'copied here to another mailbox': {
    start: 'a:S b',
    do: ['here copy a Archive'],
    end: 'a:S b; Archive a:S',
  },
  'copied here, only INBOX is asked for': {
    start: 'a:S',
    do: ['here copy a Archive'],
    end: 'a:S; Archive a:S',
    sync: ['INBOX'],
  },
  'copied here to two mailboxes': {
    start: 'a',
    do: ['here copy a Archive', 'here copy a Work'],
    end: 'a; Archive a; Work a',
  },
  'copied here, the original removed': {
    start: 'a b',
    do: ['here copy a Archive', 'here copy a Work', 'here remove a'],
    end: 'b; Archive a; Work a',
  },
  'copied here within the mailbox': { start: 'a:S', do: ['here copy a INBOX'], end: 'a:S a:S' },
  'what was written here is filed': {
    start: 'a',
    do: ['here add n:S', 'here move n Archive'],
    end: 'a; Archive n:S',
  },
  'what was written here and sent is filed': {
    start: 'a',
    do: ['here add n:S', 'sync', 'here move n Archive'],
    end: 'a; Archive n:S',
  },
  'two swapped here': {
    start: 'a; Archive x',
    do: ['here move a Archive', 'here move x@Archive INBOX'],
    end: 'x; Archive a',
  },
};
