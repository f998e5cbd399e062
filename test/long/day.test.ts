import { test } from 'vitest';
import { expectGoodDay } from '../server/message/day/expect.ts';

test('a day of 10,000 devices: none over its budgets, while off, too soon or twice at once, and none forgotten', async () => {
  await expectGoodDay(10_000, 1);
});

test('other days of 500 devices', async () => {
  for (let seed = 2; seed < 10; seed += 1) await expectGoodDay(500, seed);
});
