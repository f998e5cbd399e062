import { array, asyncProperty, constantFrom, assert as holds, integer, record } from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { DueList } from '../../../src/server/message/due-list.ts';

const change = record({
  key: constantFrom('a', 'b', 'c', 'd', 'e'),
  minutes: integer({ min: -1, max: 300 }),
});

test('each key is due once, at the time that was set last, and a deleted one never', async () => {
  await holds(
    asyncProperty(array(change, { maxLength: 30 }), async (changes) => {
      const clock = new SimulatedClock();
      const start = clock.now();
      const fired: [string, number][] = [];
      const list = new DueList(clock, (key) => fired.push([key, (clock.now() - start) / 60_000]));
      const expected = new Map<string, number>();
      for (const { key, minutes } of changes) {
        if (minutes < 0) list.delete(key);
        else list.set(key, start + minutes * 60_000);
        if (minutes < 0) expected.delete(key);
        else expected.set(key, minutes);
      }
      const stop = new AbortController();
      const running = list.run(stop.signal);
      await clock.advance(301 * 60_000);
      stop.abort();
      await running;
      const byTime = (one: [string, number], other: [string, number]) => one[1] - other[1];
      expect(new Map(fired)).toEqual(expected);
      expect(fired.map(([, at]) => at)).toEqual([...expected].sort(byTime).map(([, at]) => at));
      expect(list.size).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('something earlier that is set while it sleeps is due in time', async () => {
  const clock = new SimulatedClock();
  const fired: string[] = [];
  const list = new DueList(clock, (key) => fired.push(key));
  const stop = new AbortController();
  const running = list.run(stop.signal);
  list.set('late', clock.now() + 3_600_000);
  await clock.advance(1000);
  list.set('soon', clock.now() + 1000);
  await clock.advance(1000);
  expect(fired).toEqual(['soon']);
  stop.abort();
  await running;
});
