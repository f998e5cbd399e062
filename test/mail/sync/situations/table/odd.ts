import type { Situation } from '../table.ts';

/** Messages and moments that are not as usual. */
export const odd: Readonly<Record<string, Situation>> = {
  'without a Message-ID, brought': { start: 'a', do: ['there add noid1'], end: 'a noid1' },
  'without a Message-ID, written here': { start: 'a', do: ['here add noid1:S'], end: 'a noid1:S' },
  'without a Message-ID, two of one size written here': {
    start: '',
    do: ['here add noid1', 'here add noid2'],
    end: 'noid1 noid2',
  },
  'without a Message-ID, filed here': {
    start: 'noid1 a',
    do: ['here move noid1 Archive'],
    end: 'a; Archive noid1',
  },
  'twins, brought': { start: 'a', do: ['there add twin1', 'there add twin2'], end: 'a twin twin' },
  'twins, one is removed here': { start: 'twin1 twin2 a', do: ['here remove twin1'], end: 'twin a' },
  'twins, written here': { start: 'a', do: ['here add twin1', 'here add twin2'], end: 'a twin twin' },
  'twins, one from each side': { start: 'a', do: ['there add twin1', 'here add twin2'], end: 'a twin twin' },
  'twins, both filed here': {
    start: 'twin1 twin2',
    do: ['here move twin1 Archive', 'here move twin1 Archive'],
    end: 'Archive twin twin',
  },
  'twins, numbered anew': { start: 'twin1 twin2 a', do: ['there renumber'], end: 'twin twin a' },
  'bare line ends, brought and filed': {
    start: 'bare1',
    do: ['there add bare2', 'here move bare1 Archive'],
    end: 'bare2; Archive bare1',
  },
  'no body': { start: 'a', do: ['here add empty1', 'there add empty2'], end: 'a empty1 empty2' },
  'eight bits': { start: 'a', do: ['here add eight1', 'there add eight2'], end: 'a eight1 eight2' },
  'a very long header': { start: 'a', do: ['here add long1', 'there add long2'], end: 'a long1 long2' },
  'larger than a chunk': { start: 'a', do: ['here add big1:S', 'there add big2'], end: 'a big1:S big2' },
  'put back here after it was removed': {
    start: 'a b',
    do: ['here move a Work', 'here move a@Work INBOX', 'here flag a F'],
    end: 'a:F b',
  },
  'read by another program while it is new': {
    start: 'a b',
    do: ['here look', 'here flag a S', 'there flag b F'],
    end: 'a:S b:F',
  },
  'removed here, one session later than flagged': {
    start: 'a b',
    do: ['here flag a F', 'sync', 'here remove a'],
    end: 'b',
  },
  'flagged there, one session later cleared here': {
    start: 'a',
    do: ['there flag a F', 'sync', 'here unflag a F'],
    end: 'a',
  },
};
