import { expect, test } from 'vitest';
import { topics } from '../../../src/bus/topics.ts';
import { openAddressBook } from '../../../src/server/message/address-book.ts';
import { HOUR, MINUTE, Office } from '../../support/message-office.ts';

test('R6 an event that comes twice is acknowledged twice and counted once', async () => {
  const office = await Office.open();
  const trigger = await office.arrive(5);
  await office.arrive(5, trigger);
  expect(office.acks).toEqual([{ event: trigger.event }, { event: trigger.event }]);
  expect((await office.server.status('cabin-1')).owed).toMatchObject([{ count: 1, size: 1000 }]);
  expect(office.network.texts).toHaveLength(1);
});

test('a trigger for what was reached already sends nothing', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 0 } });
  await office.report(9, { cause: 'user' });
  await office.arrive(8);
  await office.arrive(9);
  expect(office.network.texts).toEqual([]);
  await office.arrive(10);
  expect(office.network.texts).toHaveLength(1);
});

test('a mailbox made anew (later UIDVALIDITY) replaces what was owed, and an older place clears nothing', async () => {
  const office = await Office.open({ policy: { defaultIntervalSeconds: 0 } });
  await office.arrive(500);
  await office.arrive(3, { uidvalidity: 8 });
  expect((await office.server.status('cabin-1')).owed).toMatchObject([
    { uidvalidity: 8, uidnext: 3, count: 1 },
  ]);
  await office.report(500);
  expect((await office.server.status('cabin-1')).owed).toHaveLength(1);
  await office.report(undefined, { reached: [{ mailbox: 'INBOX', uidvalidity: 8, uidnext: 3 }], at: 2 });
  expect((await office.server.status('cabin-1')).owed).toEqual([]);
});

test('a report that comes twice is logged once', async () => {
  const office = await Office.open();
  await office.arrive(5);
  await office.session(5);
  await office.report(5);
  expect(office.files.lines('/state/sessions.jsonl')).toHaveLength(1);
});

test('hostile payloads change nothing and stop nothing: not JSON, wrong shape, oversized', async () => {
  const office = await Office.open();
  await office.arrive(5);
  const before = office.files.json('/state/devices/cabin-1.json');
  const report = 'ringpost/device/cabin-1/report';
  const mail = { name: 'mail', role: 'mail-server' } as const;
  await office.inject(report, Buffer.from('{"reached":['));
  await office.inject(report, Buffer.from([0xff, 0xfe]));
  await office.inject(report, Buffer.from('{"reached":[],"result":"great","cause":"sms","at":1}'));
  await office.inject(report, Buffer.from(JSON.stringify({ reason: 'x'.repeat(70_000) })));
  await office.inject('ringpost/trigger', Buffer.from('{"event":"e","device":"../../etc"}'), mail);
  expect(() =>
    office.broker.inject({ name: 'cabin-2', role: 'device' }, report, Buffer.from('{}')),
  ).toThrow();
  expect(office.files.json('/state/devices/cabin-1.json')).toEqual(before);
  await office.session(5);
  expect((await office.server.status('cabin-1')).owed).toEqual([]);
});

test('a device that is not in the address book is left alone, whatever it says', async () => {
  const office = await Office.open();
  const user = { name: 'stray', role: 'device' } as const;
  const stray = office.broker.connect(user);
  await stray.publish(topics.hello('stray'), { cause: 'user', counter: 1, settings: 1 });
  await office.settle();
  expect(office.broker.on('ringpost/device/stray/request')).toEqual([]);
  expect(await office.files.list('/state/devices')).toEqual([]);
  await expect(office.server.setSettings('stray', { on: false })).rejects.toMatchObject({
    code: 'unknown-device',
  });
});

test('a full disk acknowledges nothing and sends nothing; the same event works later', async () => {
  const office = await Office.open();
  const create = office.files.create.bind(office.files);
  office.files.create = async () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  };
  const trigger = await office.arrive(5);
  expect([office.acks, office.network.texts]).toEqual([[], []]);
  office.files.create = create;
  await office.arrive(5, trigger);
  expect(office.acks).toContainEqual({ event: trigger.event });
  expect(office.network.texts).toHaveLength(1);
});

test('R10 a settings document of a device that lost its state is answered, so that it says its off again', async () => {
  const office = await Office.open();
  const say = async (document: { on: boolean; intervalSeconds: number; revision: number; seen: number }) => {
    await office.device.publish(topics.deviceSettings('cabin-1'), document);
    await office.settle();
  };
  await say({ on: true, intervalSeconds: 600, revision: 7, seen: 0 });
  const heard = office.serverSettings.length;
  await say({ on: false, intervalSeconds: 600, revision: 1, seen: 0 });
  expect(office.serverSettings.length).toBeGreaterThan(heard);
  expect(office.serverSettings.at(-1)?.seen).toBe(7);
});

test('a device that dropped out of the address book with mail owed is not triggered any more', async () => {
  const office = await Office.open();
  await office.arrive(5);
  await (await openAddressBook('/state/address-book.json', office.files)).remove('cabin-1');
  const other = { device: 'cabin-2', number: '+33612345678', key: { id: 1, secret: 'b6'.repeat(32) } };
  const next = await Office.open({ clock: office.clock, files: office.files.copy(), contact: other });
  await next.clock.advance(HOUR + MINUTE);
  // Office adds its contact only where cabin-1 is missing: the book holds cabin-2 alone.
  expect(next.network.texts).toEqual([]);
});
