import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { HOUR, MINUTE, Office } from '../../support/message-office.ts';

const LADDER = [{ waitMs: 90_000 }, { waitMs: 5 * MINUTE }] as const;

test('a crash between stored and sent: the trigger is sent after the start, with a counter not used before', async () => {
  const office = await Office.open();
  let after: Promise<Office> | undefined;
  office.network.before = async () => {
    // The attempt is on the disk, nothing has left: the process dies here.
    after = office.crash();
    await new Promise(() => {});
  };
  await office.arrive(5);
  const stored = office.files.json('/state/devices/cabin-1.json') as { counter: number };
  const next = await (after as unknown as Promise<Office>);
  await next.settle();
  expect(next.network.texts).toHaveLength(1);
  expect(next.network.counters[0]).toBeGreaterThan(stored.counter);
});

test('a crash between sent and report: no second trigger before the rung is over, then the next one', async () => {
  const office = await Office.open({ policy: { ladder: [...LADDER] } });
  await office.arrive(5);
  await office.clock.advance(30_000);
  const next = await office.crash();
  await next.clock.advance(59_000);
  expect(next.network.texts).toHaveLength(0);
  await next.clock.advance(1000);
  expect(next.network.texts).toHaveLength(1);
  expect(next.network.counters[0]).toBeGreaterThan(office.network.counters[0] ?? Number.POSITIVE_INFINITY);
});

test('a restart while the server was down past the due time sends at once', async () => {
  const office = await Office.open({ policy: { ladder: [...LADDER] } });
  await office.arrive(5);
  await office.server[Symbol.asyncDispose]();
  await office.clock.advance(3 * HOUR);
  expect(office.network.texts).toHaveLength(1);
  const next = await office.crash();
  await next.settle();
  expect(next.network.texts).toHaveLength(1);
});

test('R11 a restart while mail waits for the interval keeps it waiting, and sends once', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 600 } });
  await office.arrive(5);
  await office.session(5);
  await office.arrive(6);
  await office.clock.advance(5 * MINUTE);
  const next = await office.crash();
  await next.clock.advance(5 * MINUTE - 1000);
  expect(next.network.texts).toHaveLength(0);
  await next.clock.advance(1000);
  expect(next.network.texts).toHaveLength(1);
});

test('R10 a restart while off stays off, and what waited is sent for when it is on again', async () => {
  const office = await Office.open();
  await office.server.setSettings('cabin-1', { on: false });
  await office.arrive(5);
  const next = await office.crash();
  await next.clock.advance(HOUR);
  expect(next.network.texts).toHaveLength(0);
  await next.server.setSettings('cabin-1', { on: true });
  await next.settle();
  expect(next.network.texts).toHaveLength(1);
});

test('a crash after the acknowledgement loses nothing; one before it gets the trigger again and counts it once', async () => {
  const office = await Office.open();
  const trigger = await office.arrive(5);
  const next = await office.crash();
  await next.arrive(5, trigger);
  expect(next.acks).toEqual([{ event: trigger.event }]);
  expect(await next.hello('sms')).toMatchObject({ hint: { count: 1, size: 1000 } });
});

test('a hello after a restart is answered from the disk', async () => {
  const office = await Office.open();
  await office.arrive(5);
  const request = office.requests[0]?.request;
  const next = await office.crash();
  expect(await next.hello('sms')).toMatchObject({ do: 'sync', request, targets: [{ uidnext: 5 }] });
});

test('a server restored from a backup takes counters above what the device has seen', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 0 } });
  const far = Math.floor(office.clock.now() / 1000) + 1_000_000;
  await office.hello('user', far);
  await office.arrive(5);
  expect(office.network.counters).toEqual([far + 1]);
  // What no server ever sealed is not believed: it would lock the device out.
  await office.session(5);
  await office.hello('user', 2 ** 48 - 1);
  await office.arrive(6);
  expect(office.network.counters).toEqual([far + 1, far + 2]);
});

test('a clock that was set back neither stops triggers nor opens the budget', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 600, perHour: 2 } });
  await office.arrive(5);
  await office.session(5);
  await office.arrive(6);
  const early = new SimulatedClock(office.clock.now() - 30 * 24 * HOUR);
  const next = await Office.open({ clock: early, files: office.files.copy(), policy: office.policy });
  await next.clock.advance(HOUR);
  expect(next.network.texts.length).toBeGreaterThanOrEqual(1);
  expect(next.network.texts.length).toBeLessThanOrEqual(2);
  expect(next.network.counters[0]).toBeGreaterThan(office.network.counters[0] ?? Number.POSITIVE_INFINITY);
});

test('a broken state file is named in the log and left alone; other devices are served', async () => {
  const office = await Office.open();
  office.files.content.set('/state/devices/broken-1.json', Buffer.from('{"owed":'));
  await office.arrive(5);
  const next = await office.crash();
  expect(await next.hello('sms')).toMatchObject({ do: 'sync' });
  expect(next.files.content.get('/state/devices/broken-1.json')?.toString()).toBe('{"owed":');
});
