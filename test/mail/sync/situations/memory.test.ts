import { describe, expect, test } from 'vitest';
import { MemoryStage } from './memory-stage.ts';
import { play } from './play.ts';
import { SITUATIONS } from './table.ts';

const OFFERS = {
  QRESYNC: {},
  CONDSTORE: { qresync: false },
  neither: { qresync: false, condstore: false },
  'no UIDPLUS': { uidplus: false },
  'no MOVE': { move: false },
  'none of them': { qresync: false, condstore: false, uidplus: false, move: false, compress: false },
};

test('there are at least sixty situations, each under a name of its own', () => {
  expect(new Set(SITUATIONS.map(({ name }) => name)).size).toBe(SITUATIONS.length);
  expect(SITUATIONS.length).toBeGreaterThanOrEqual(60);
});

describe.each(Object.entries(OFFERS))('a server with %s', (_name, offers) => {
  test.each(SITUATIONS)('$name', (situation) => play(new MemoryStage({ offers }), situation));
});
