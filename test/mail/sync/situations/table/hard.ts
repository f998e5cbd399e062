import type { Situation } from '../table.ts';

const HARD = 'headless1 bytes1 references1 line1 endless1 dots1 folded1 oddid1';
const all = HARD.split(' ');

/** Messages that are hard to carry, or to tell apart. */
export const hard: Readonly<Record<string, Situation>> = {
  'hard ones at the server': { start: 'a', do: all.map((name) => `there add ${name}`), end: `a ${HARD}` },
  'hard ones written here': { start: 'a', do: all.map((name) => `here add ${name}:S`), end: `a ${seen()}` },
  'hard ones filed here': {
    start: HARD,
    do: all.map((name) => `here move ${name} Archive`),
    end: `Archive ${HARD}`,
  },
  'a large one written here': { start: 'a', do: ['here add large1:S@Work'], end: 'a; Work large1:S' },
  'hard ones numbered anew': {
    start: 'bytes1:S references1 line1 endless1 dots1 folded1',
    do: ['there renumber', 'here flag dots1 F'],
    end: 'bytes1:S references1 line1 endless1 dots1:F folded1',
  },
  // Without a Message-ID, or with one in a form of its own, nothing proves that it is the same message: it is here twice rather than not at all.
  'without a Message-ID, numbered anew': {
    start: 'noid1:S oddid1 a',
    do: ['there renumber'],
    end: 'noid1:S oddid1 a',
    here: 'noid1:S noid1:S oddid1 oddid1 a',
  },
  'the same message written here and delivered at the server': {
    start: 'a',
    do: ['there add b', 'here add b'],
    end: 'a b b',
  },
};

function seen(): string {
  return all.map((name) => `${name}:S`).join(' ');
}
