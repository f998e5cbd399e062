import type { Situation } from '../table.ts';

/** Only the copy here changed: flags, removals, new messages. */
export const fromHere: Readonly<Record<string, Situation>> = {
  'read here': { start: 'a b', do: ['here flag a S'], end: 'a:S b' },
  'flags set here, several messages': {
    start: 'a b c',
    do: ['here flag a FS', 'here flag b S', 'here flag c FS'],
    end: 'a:FS b:S c:FS',
  },
  'flags cleared here': { start: 'a:FS b:S', do: ['here unflag a F', 'here unflag b S'], end: 'a:S b' },
  'every flag here': { start: 'a', do: ['here flag a DFPRST'], end: 'a:DFPRST' },
  'a flag set and taken back here': { start: 'a', do: ['here flag a F', 'here unflag a F'], end: 'a' },
  'flags here, keywords stay': {
    start: 'a:S+work',
    do: ['here flag a F', 'here unflag a S'],
    end: 'a:F+work',
  },
  'marked as deleted here, not removed': { start: 'a b', do: ['here flag a T'], end: 'a:T b' },
  'removed here': { start: 'a b c', do: ['here remove b'], end: 'a c' },
  'all removed here': { start: 'a b', do: ['here remove a', 'here remove b'], end: '' },
  'removed here, another is marked as deleted': { start: 'a b:T c', do: ['here remove a'], end: 'b:T c' },
  'read, then removed here': { start: 'a b', do: ['here flag a S', 'here remove a'], end: 'b' },
  'written here': { start: 'a', do: ['here add n:S'], end: 'a n:S' },
  'written here into an empty mailbox': { start: 'a', do: ['here add n:D@Work'], end: 'a; Work n:D' },
  'several written here': {
    start: '',
    do: ['here add n', 'here add o:F', 'here add p:RS'],
    end: 'n o:F p:RS',
  },
  'written here, in two mailboxes': {
    start: 'a',
    do: ['here add n', 'here add o@Archive'],
    end: 'a n; Archive o',
  },
  'written and removed here': { start: 'a', do: ['here add n', 'here remove n'], end: 'a' },
  'written, sent, then removed here': { start: 'a', do: ['here add n', 'sync', 'here remove n'], end: 'a' },
  'written, sent, then flagged here': {
    start: 'a',
    do: ['here add n', 'sync', 'here flag n F'],
    end: 'a n:F',
  },
  'written here, then flagged at the server': {
    start: 'a',
    do: ['here add n', 'sync', 'there flag n F+work'],
    end: 'a n:F+work',
  },
  'written here, then expunged at the server': {
    start: 'a',
    do: ['here add n', 'sync', 'there remove n'],
    end: 'a',
  },
  'the reader has looked at the folder': { start: 'a b:S', do: ['here look'], end: 'a b:S' },
  'everything at once here': {
    start: 'a b:S c d',
    do: ['here flag a F', 'here unflag b S', 'here remove c', 'here add n:S', 'here move d Archive'],
    end: 'a:F b n:S; Archive d',
  },
};
