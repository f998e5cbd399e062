import type { Situation } from '../table.ts';

/** A synchronisation died before, or a reader changed its mind. */
export const interrupted: Readonly<Record<string, Situation>> = {
  'a download died before': {
    start: 'a',
    do: ['there add b:S', 'there add c', 'there add d', 'die 9', 'there flag c F', 'here flag a S'],
    end: 'a:S b:S c:F d',
  },
  'an upload died before': {
    start: 'a b',
    do: ['here add n:S', 'here flag a S', 'die 5', 'there flag b F'],
    end: 'a:S b:F n:S',
  },
  'an upload died before, and the message was removed': {
    start: 'a',
    do: ['here add n:S', 'die 5', 'here remove n'],
    end: 'a',
  },
  'a move died before, and was taken back': {
    start: 'a b:S',
    do: ['here move b Archive', 'die 5', 'here move b@Archive INBOX'],
    end: 'a b:S',
  },
  'put aside and put back before anybody heard of it': {
    start: 'a:S b',
    do: ['here take a', 'here back a'],
    end: 'a:S b',
  },
  'put back after its removal was told': {
    start: 'a:S b',
    do: ['here take a', 'sync', 'here back a'],
    end: 'a:S b',
  },
  'put aside, synchronised, flagged by others meanwhile': {
    start: 'a:S b',
    do: ['here take a', 'there flag b F', 'sync', 'there flag b S'],
    end: 'b:FS',
  },
  'put back into another mailbox': {
    start: 'a:S b',
    do: ['here take a', 'here back a@Archive'],
    end: 'b; Archive a:S',
  },
  'a draft written anew': {
    start: 'a',
    do: ['here add draft1:DS@Work', 'sync', 'here remove draft1@Work', 'here add draft2:DS@Work'],
    end: 'a; Work draft2:DS',
  },
  'copied to one mailbox and filed in another': {
    start: 'a b:S',
    do: ['here copy b Archive', 'here move b Work'],
    end: 'a; Archive b:S; Work b:S',
  },
  // It is there twice rather than lost.
  'filed in the same mailbox on both sides': {
    start: 'a b',
    do: ['here move b Archive', 'there move b Archive'],
    end: 'a; Archive b b',
  },
  'filed in opposite directions': {
    start: 'a b; Archive c d',
    do: ['here move b Archive', 'there move d@Archive INBOX'],
    end: 'a d; Archive b c',
  },
  'numbered anew, then changed here': {
    start: 'Archive a:S b c',
    do: [
      'there renumber Archive',
      'sync Archive',
      'here flag a@Archive F',
      'here remove b@Archive',
      'here move c@Archive INBOX',
    ],
    end: 'c; Archive a:FS',
  },
  'numbered anew, filed from there': {
    start: 'Archive a b:S',
    do: ['here move b@Archive INBOX', 'there renumber Archive'],
    end: 'b:S; Archive a b:S',
  },
};
