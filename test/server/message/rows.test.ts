import { expect, test } from 'vitest';
import { topics } from '../../../src/bus/topics.ts';
import { CABIN, HOUR, MINUTE, Network, NUMBER, Office } from '../../support/message-office.ts';

test('R4 a trigger message is stored, acknowledged, and makes the message server initiate the link', async () => {
  const office = await Office.open();
  const { event } = await office.arrive(5);
  expect(office.acks).toEqual([{ event }]);
  expect(office.network.texts).toHaveLength(1);
  expect(office.files.json('/state/devices/cabin-1.json')).toMatchObject({
    owed: [{ mailbox: 'INBOX', uidvalidity: 7, uidnext: 5, count: 1, size: 1000 }],
    outstanding: { phase: 'sent', attempt: 0 },
  });
});

test('R5 R6 the address book maps the device id to number, kind and gateway, and the second trigger goes there', async () => {
  const other: Network[] = [];
  const contact = { ...CABIN, number: '+33612345678', trigger: 'call' as const, gateways: ['second'] };
  const office = await Office.open({ contact }, (built) => {
    other.push(new Network('second', built.clock));
    return [built.network, ...other];
  });
  await office.arrive(5);
  expect(office.network.calls).toEqual([]);
  expect(other[0]?.calls).toEqual([{ number: '+33612345678', at: office.clock.now() }]);
  expect(other[0]?.texts).toEqual([]);
  expect(office.named('address-book', 'call-placed')).toEqual(['address-book', 'call-placed']);
});

test('R6 an unknown device id is refused and logged, and nothing is sent or stored', async () => {
  const office = await Office.open();
  const { event } = await office.arrive(5, { device: 'constructor' });
  expect(office.acks).toEqual([{ event, refused: 'unknown device id' }]);
  expect(office.named('refused')).toEqual(['refused']);
  expect([office.network.texts, office.network.calls, office.requests]).toEqual([[], [], []]);
  expect(await office.files.list('/state/devices')).toEqual([]);
});

test('R7 the device that comes gets a synchronisation request, and nothing after its report', async () => {
  const office = await Office.open();
  await office.arrive(5, { count: 2, size: 3000 });
  const queued = office.requests[0];
  const answer = await office.hello('sms');
  expect(answer).toEqual({
    do: 'sync',
    request: queued?.request,
    targets: [{ mailbox: 'INBOX', uidvalidity: 7, uidnext: 5 }],
    hint: { count: 2, size: 3000 },
    expires: office.clock.now() + 24 * HOUR,
  });
  await office.report(5);
  expect(await office.hello('user')).toMatchObject({ do: 'nothing' });
  await office.clock.advance(48 * HOUR);
  expect(office.network.texts).toHaveLength(1);
});

test('R8 the second trigger is an SMS, or a call that falls back to an SMS when no call can be placed', async () => {
  const office = await Office.open({ contact: { ...CABIN, trigger: 'call' } });
  office.network.outcome = 'refused';
  await office.arrive(5);
  expect(office.network.calls).toHaveLength(1);
  expect(office.network.texts).toHaveLength(1);
  expect(office.network.texts[0]).toMatchObject({
    number: NUMBER,
    text: expect.stringMatching(/^RP1[A-Z2-7]{31}$/),
  });
});

test('R10 off at the server: nothing is sent and mail waits; on again, it is sent for', async () => {
  const office = await Office.open();
  expect(await office.server.setSettings('cabin-1', { on: false })).toMatchObject({ on: false });
  await office.arrive(5);
  await office.clock.advance(3 * HOUR);
  expect(office.network.texts).toEqual([]);
  expect(office.acks).toHaveLength(1);
  expect(office.serverSettings.at(-1)).toMatchObject({ on: false, revision: 1 });
  await office.server.setSettings('cabin-1', { on: true });
  await office.settle();
  expect(office.network.texts).toHaveLength(1);
});

test('R10 off at the device wins over on at the server; on at the device sends for what waited', async () => {
  const office = await Office.open();
  const set = async (on: boolean, revision: number, seen = 0) => {
    const document = { on, intervalSeconds: 600, revision, seen };
    await office.device.publish(topics.deviceSettings('cabin-1'), document);
    await office.settle();
  };
  await set(false, 1);
  expect(office.serverSettings.at(-1)).toEqual({ on: false, intervalSeconds: 600, revision: 0, seen: 1 });
  await office.arrive(5);
  expect(office.network.texts).toEqual([]);
  await set(true, 2);
  expect(office.network.texts).toHaveLength(1);

  // Concurrent: the device switches off before it heard of the server's on.
  await office.session(5);
  await office.server.setSettings('cabin-1', { on: true });
  await set(false, 3);
  await office.clock.advance(HOUR);
  await office.arrive(6);
  expect(office.network.texts).toHaveLength(1);
  expect((await office.server.status('cabin-1')).settings.on).toBe(false);
});

test('R10 off during the retries stops them', async () => {
  const office = await Office.open();
  await office.arrive(5);
  await office.server.setSettings('cabin-1', { on: false });
  await office.clock.advance(24 * HOUR);
  expect(office.network.texts).toHaveLength(1);
  // The trigger that was on its way wakes the device all the same: it hears that there is nothing to do.
  expect(await office.hello('sms')).toMatchObject({ do: 'nothing' });
});

test('R10 on again after an off does not wait for the rung of the trigger before it', async () => {
  const office = await Office.open();
  await office.arrive(5);
  await office.server.setSettings('cabin-1', { on: false });
  await office.server.setSettings('cabin-1', { on: true });
  await office.settle();
  expect(office.network.texts).toHaveLength(2);
});

test('R10 while off, the user synchronises by hand and gets what waits', async () => {
  const office = await Office.open();
  await office.server.setSettings('cabin-1', { on: false });
  await office.arrive(5);
  expect(await office.hello('poll')).toMatchObject({ do: 'nothing' });
  expect(await office.hello('user')).toMatchObject({ do: 'sync', targets: [{ uidnext: 5 }] });
  await office.report(5, { cause: 'user' });
  expect((await office.server.status('cabin-1')).owed).toEqual([]);
});

test('R11 mail sooner than the interval after the last synchronisation waits, then one trigger for all of it', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 600 } });
  await office.arrive(5);
  await office.session(5);
  const synced = office.clock.now();
  await office.clock.advance(MINUTE);
  await office.arrive(6);
  await office.clock.advance(MINUTE);
  await office.arrive(7, { size: 500 });
  await office.arrive(2, { mailbox: 'Lists' });
  await office.clock.advance(7 * MINUTE + 59_000);
  expect(office.network.texts).toHaveLength(1);
  await office.clock.advance(1000);
  expect(office.network.texts).toHaveLength(2);
  expect(office.network.texts[1]?.at).toBe(synced + 600_000);
  const request = office.syncRequests.at(-1);
  expect(request?.hint).toEqual({ count: 3, size: 2500 });
  expect(request?.targets.map(({ mailbox, uidnext }) => [mailbox, uidnext])).toEqual([
    ['INBOX', 7],
    ['Lists', 2],
  ]);
  await office.clock.advance(MINUTE);
  expect(office.network.texts).toHaveLength(2);
  expect(office.named('held-back', 'released')).toEqual(['held-back', 'released']);
});

test('R11 the server logs when each device last synchronised, what it reached and what it cost', async () => {
  const office = await Office.open();
  await office.arrive(5);
  await office.clock.advance(20_000);
  await office.session(5);
  expect((await office.server.status('cabin-1')).lastSync).toBe(office.clock.now());
  expect(office.files.lines('/state/sessions.jsonl')).toEqual([
    {
      at: '2026-01-01T00:00:20.000Z',
      device: 'cabin-1',
      request: office.requests[0]?.request,
      reached: [{ mailbox: 'INBOX', uidvalidity: 7, uidnext: 5 }],
      result: 'ok',
      cause: 'sms',
      cost: { seconds: 12, bytesUp: 900, bytesDown: 5000, roundTrips: 4 },
      deviceClock: office.clock.now(),
    },
  ]);
});

test('R11 a report clears only what was reached: mail that came during the session is sent for after the interval', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 300 } });
  await office.arrive(5);
  await office.hello('sms');
  await office.arrive(6);
  await office.report(5);
  expect((await office.server.status('cabin-1')).owed).toMatchObject([{ uidnext: 6, count: 1 }]);
  await office.clock.advance(299_000);
  expect(office.network.texts).toHaveLength(1);
  await office.clock.advance(1000);
  expect(office.network.texts).toHaveLength(2);
});

test('R12 the interval is changed at the server and from the device, also while mail waits for it', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 600 } });
  await office.arrive(5);
  await office.session(5);
  await office.arrive(6);
  await office.server.setSettings('cabin-1', { intervalSeconds: 120 });
  expect(office.serverSettings.at(-1)).toMatchObject({ intervalSeconds: 120, revision: 1 });
  await office.clock.advance(119_000);
  expect(office.network.texts).toHaveLength(1);
  await office.clock.advance(1000);
  expect(office.network.texts).toHaveLength(2);

  await office.session(6);
  await office.arrive(7);
  const document = { on: true, intervalSeconds: 30, revision: 1, seen: 1 };
  await office.device.publish(topics.deviceSettings('cabin-1'), document);
  await office.clock.advance(29_000);
  expect(office.network.texts).toHaveLength(2);
  await office.clock.advance(1000);
  expect(office.network.texts).toHaveLength(3);
  expect(office.serverSettings.at(-1)).toEqual({ on: true, intervalSeconds: 30, revision: 1, seen: 1 });
});
