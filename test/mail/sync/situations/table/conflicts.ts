import type { Situation } from '../table.ts';

/** Both sides changed the same messages: flags are merged, each for itself; what is deleted is deleted. */
export const conflicts: Readonly<Record<string, Situation>> = {
  'different flags set on both sides': { start: 'a', do: ['here flag a F', 'there flag a S'], end: 'a:FS' },
  'the same flag set on both sides': { start: 'a', do: ['here flag a S', 'there flag a S'], end: 'a:S' },
  'one flag set, another cleared': { start: 'a:S', do: ['here unflag a S', 'there flag a R'], end: 'a:R' },
  'the same flag cleared on both sides': {
    start: 'a:FS',
    do: ['here unflag a F', 'there unflag a F'],
    end: 'a:S',
  },
  'set here, cleared there: other flags': {
    start: 'a:F',
    do: ['here flag a S', 'there unflag a F'],
    end: 'a:S',
  },
  'flagged here, expunged there': { start: 'a b', do: ['here flag a F', 'there remove a'], end: 'b' },
  'removed here, flagged there': { start: 'a b', do: ['here remove a', 'there flag a F'], end: 'b' },
  'removed on both sides': {
    start: 'a b c',
    do: ['here remove a', 'there remove a', 'there remove b'],
    end: 'c',
  },
  'removed here, moved there': {
    start: 'a b',
    do: ['here remove a', 'there move a Archive'],
    end: 'b; Archive a',
  },
  'filed here, flagged and filed elsewhere there': {
    start: 'a b',
    do: ['here move a Archive', 'there move a Work'],
    end: 'b; Archive a; Work a',
  },
  'written on both sides': { start: 'a', do: ['here add n', 'there add m'], end: 'a m n' },
  'everything on both sides': {
    start: 'a b c d e',
    do: [
      'here flag a F',
      'there flag a S',
      'here remove b',
      'there remove c',
      'here move d Archive',
      'there flag e +work',
      'here add n:S',
      'there add m:F',
      'there add y@Archive',
    ],
    end: 'a:FS e:+work n:S m:F; Archive d y',
  },
};
