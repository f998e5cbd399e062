import { array, assert as holds, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { budgetFreeAt, charge, spentByNow } from '../../../src/server/message/budget.ts';
import { defaultPolicy } from '../../../src/server/message/policy.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

const policy = { ...defaultPolicy, perHour: 3, perDay: 6, perMonth: 20 };

test('in no hour, day or 30 days more is sent than the budgets say, and the wait for them ends', async () => {
  const pauses = array(integer({ min: 0, max: 3 * DAY }), { minLength: 50, maxLength: 90 });
  await holds(
    property(pauses, (waits) => {
      const spent = { sent: [] as number[], sentByDay: [] as { day: number; count: number }[] };
      const sent: number[] = [];
      let now = START;
      for (const wait of waits) {
        // Whoever sends as soon as it may.
        now = budgetFreeAt(spent, now + (wait % 7 === 0 ? wait : 0), policy);
        expect(budgetFreeAt(spent, now, policy)).toBe(now);
        charge(spent, now);
        sent.push(now);
      }
      const within = (at: number, window: number) =>
        sent.filter((one) => one > at - window && one <= at).length;
      for (const at of sent) {
        expect(within(at, HOUR)).toBeLessThanOrEqual(3);
        expect(within(at, DAY)).toBeLessThanOrEqual(6);
        expect(within(at, 30 * DAY)).toBeLessThanOrEqual(20);
      }
      expect(now).toBeLessThan(START + waits.length * 5 * DAY);
      expect(spent.sent.length + spent.sentByDay.length).toBeLessThanOrEqual(6 + 32);
    }),
    { numRuns: 100 },
  );
});

test('a clock that was set back opens no budget', async () => {
  const steps = array(record({ day: integer({ min: 0, max: 40 }), count: integer({ min: 1, max: 3 }) }), {
    maxLength: 10,
  });
  await holds(
    property(steps, integer({ min: 0, max: 40 }), (days, today) => {
      const now = START + today * DAY;
      const sentByDay = days.map(({ day, count }) => ({ day: Math.floor(START / DAY) + day, count }));
      const spent = { sent: [now + DAY, now + 2 * DAY, now + 3 * DAY], sentByDay };
      spentByNow(spent, now);
      expect(budgetFreeAt(spent, now, policy)).toBeGreaterThan(now);
      expect(budgetFreeAt(spent, now, policy)).toBeLessThanOrEqual(now + 31 * DAY);
    }),
  );
});
