import type { Situation } from '../table.ts';

/** The server gave all UIDs anew. */
export const renumbered: Readonly<Record<string, Situation>> = {
  'numbered anew': { start: 'a:S b', do: ['there renumber'], end: 'a:S b' },
  'numbered anew, new mail and flags': {
    start: 'a b',
    do: ['there renumber', 'there add c', 'there flag a F'],
    end: 'a:F b c',
  },
  'numbered anew, flags changed here': {
    start: 'a:S b',
    do: ['there renumber', 'here unflag a S', 'here flag b F'],
    end: 'a b:F',
  },
  'numbered anew, written here': { start: 'a', do: ['there renumber', 'here add n:S'], end: 'a n:S' },
  'numbered anew after something written here was sent': {
    start: 'a',
    do: ['here add n:S', 'sync', 'there renumber'],
    end: 'a n:S',
  },
  'numbered anew twice': {
    start: 'a b',
    do: ['there renumber', 'sync', 'there renumber', 'there add c'],
    end: 'a b c',
  },
  'numbered anew, filed here': {
    start: 'a b; Archive x',
    do: ['there renumber Archive', 'here move a Archive'],
    end: 'b; Archive x a',
  },
  'filed here, synchronised, the target numbered anew': {
    start: 'a b; Archive x',
    do: ['here move a Archive', 'sync', 'there renumber Archive', 'there add y@Archive'],
    end: 'b; Archive x a y',
  },
  'one mailbox numbered anew, changes in another': {
    start: 'a b; Archive x y',
    do: ['there renumber Archive', 'here flag a F', 'here remove b'],
    end: 'a:F; Archive x y',
  },
  // The UID under which it was removed is gone: it comes back rather than another one going.
  'numbered anew, removed here': { start: 'a b', do: ['there renumber', 'here remove a'], end: 'a b' },
};
