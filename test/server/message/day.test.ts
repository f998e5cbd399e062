import { test } from 'vitest';
import { expectGoodDay } from './day/expect.ts';

// The same with 10,000 devices is in `npm run test:long`.
test('a day of 200 devices: none over its budgets, while off, too soon or twice at once, and none forgotten', async () => {
  await expectGoodDay(200, 1);
}, 120_000);
