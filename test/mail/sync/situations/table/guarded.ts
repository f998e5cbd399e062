import type { Situation } from '../table.ts';

/** `m1x m2x ...` */
function many(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_one, index) => `m${first + index}x`);
}

const twenty = many(1, 20).join(' ');
const twelve = many(1, 12);

/** Many messages that go at once: on no side without the user's word. */
export const guarded: Readonly<Record<string, Situation>> = {
  'many removed here': {
    start: twenty,
    do: many(1, 11).map((name) => `here remove ${name}`),
    end: twenty,
    here: many(12, 20).join(' '),
  },
  'many removed here, with the user’s word': {
    start: twenty,
    do: many(1, 11).map((name) => `here remove ${name}`),
    accept: ['INBOX'],
    end: many(12, 20).join(' '),
  },
  'all expunged at the server, many': {
    start: twelve.join(' '),
    do: twelve.map((name) => `there remove ${name}`),
    results: { INBOX: 'guarded' },
    end: '',
    here: twelve.join(' '),
  },
  'all expunged at the server, many, with the user’s word': {
    start: `${twelve.join(' ')}; Archive x`,
    do: twelve.map((name) => `there remove ${name}`),
    accept: ['INBOX'],
    end: 'Archive x',
  },
  'many filed here are not lost': {
    start: `a ${twelve.join(' ')}`,
    do: twelve.map((name) => `here move ${name} Archive`),
    end: `a; Archive ${twelve.join(' ')}`,
  },
};
