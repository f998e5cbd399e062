import { expect, test } from 'vitest';
import { withDeadline } from '../../src/base/deadline.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';

test('a deadline names what was waited for', async () => {
  const clock = new SimulatedClock();
  const waiting = withDeadline(clock, { what: 'AT on /dev/x', ms: 5000 }, () => new Promise(() => {}));
  const outcome = expect(waiting).rejects.toThrow('AT on /dev/x: no answer within 5 s');
  await clock.advance(5000);
  await outcome;
});

test('the caller can give up earlier', async () => {
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const waiting = withDeadline(
    clock,
    { what: 'x', ms: 5000, signal: stop.signal },
    () => new Promise(() => {}),
  );
  stop.abort(new Error('no longer wanted'));
  await expect(waiting).rejects.toThrow('no longer wanted');
});

test('simulated sleepers wake in the order of their times', async () => {
  const clock = new SimulatedClock();
  const woken: number[] = [];
  for (const ms of [300, 100, 200]) void clock.sleep(ms).then(() => woken.push(ms));
  await clock.advance(250);
  expect(woken).toEqual([100, 200]);
  await clock.advance(50);
  expect(woken).toEqual([100, 200, 300]);
});
