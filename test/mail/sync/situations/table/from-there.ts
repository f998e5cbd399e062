import type { Situation } from '../table.ts';

/** Only the server changed. */
export const fromThere: Readonly<Record<string, Situation>> = {
  'nothing changed': { start: 'a:S b; Archive x', do: [], end: 'a:S b; Archive x' },
  'the first synchronisation of all': {
    start: '',
    do: ['there add a:S+work', 'there add x@Archive'],
    end: 'a:S+work; Archive x',
  },
  'one new message': { start: 'a', do: ['there add b'], end: 'a b' },
  'new messages in two mailboxes': {
    start: 'a; Archive x',
    do: ['there add b:F', 'there add y@Archive'],
    end: 'a b:F; Archive x y',
  },
  'more new messages than a checkpoint': {
    start: 'a',
    do: Array.from({ length: 27 }, (_one, index) => `there add n${index}x:S`),
    end: `a ${Array.from({ length: 27 }, (_one, index) => `n${index}x:S`).join(' ')}`,
  },
  'flags set at the server': { start: 'a b:S', do: ['there flag a FS', 'there flag b R'], end: 'a:FS b:RS' },
  'flags cleared at the server': { start: 'a:FS b:S', do: ['there unflag a FS'], end: 'a b:S' },
  'keywords at the server': {
    start: 'a:S+work b',
    do: ['there unflag a +work', 'there flag b +later'],
    end: 'a:S b:+later',
  },
  'every flag at the server': { start: 'a', do: ['there flag a DFPRST'], end: 'a:DFPRST' },
  'expunged at the server': { start: 'a b c', do: ['there remove b'], end: 'a c' },
  'all expunged at the server': { start: 'a b', do: ['there remove a', 'there remove b'], end: '' },
  'moved at the server': { start: 'a b', do: ['there move a Archive'], end: 'b; Archive a' },
  'copied at the server': { start: 'a:S', do: ['there copy a Archive'], end: 'a:S; Archive a:S' },
  'flagged, expunged and new at the server': {
    start: 'a b c',
    do: ['there flag a S', 'there remove b', 'there add d:F', 'there flag c +work'],
    end: 'a:S c:+work d:F',
  },
  'new and expunged again before it was brought': {
    start: 'a',
    do: ['there add b', 'there remove b'],
    end: 'a',
  },
};
