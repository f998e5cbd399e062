import { expect, test } from 'vitest';
import { topics } from '../../../src/bus/topics.ts';
import { Office } from '../../support/message-office.ts';

async function hello(office: Office, settings: number, seen: number) {
  await office.device.publish(topics.hello('cabin-1'), { cause: 'poll', counter: 0, settings, seen });
  await office.settle();
  return office.requests.at(-1);
}

test('R10 R12 a device that names a revision that never came is told which one is known', async () => {
  const office = await Office.open();
  expect(await hello(office, 3, 0)).toMatchObject({ do: 'nothing', settings: 0 });
  const off = { on: false, intervalSeconds: 60, revision: 3, seen: 0 };
  await office.device.publish(topics.deviceSettings('cabin-1'), off);
  await office.settle();
  expect((await office.server.status('cabin-1')).settings).toMatchObject({ on: false });
  expect(await hello(office, 3, 0)).not.toHaveProperty('settings');
});

test("R10 R12 the server's settings that the broker lost are told again, and not to a device that has them", async () => {
  const office = await Office.open();
  await office.server.setSettings('cabin-1', { on: false });
  await office.settle();
  const told = office.serverSettings.length;
  await hello(office, 0, 0);
  expect(office.serverSettings).toHaveLength(told + 1);
  await hello(office, 0, 1);
  expect(office.serverSettings).toHaveLength(told + 1);
});

test('what a later version adds to a message is no reason to drop it', async () => {
  const office = await Office.open();
  const trigger = {
    event: 'e1',
    device: 'cabin-1',
    mailbox: 'INBOX',
    uidvalidity: 7,
    uidnext: 2,
    count: 1,
    size: 9,
  };
  const bytes = (payload: object) => Buffer.from(JSON.stringify({ ...payload, fromTheFuture: { a: [1] } }));
  const mail = { name: 'mail', role: 'mail-server' as const };
  await office.inject('ringpost/trigger', bytes(trigger), mail);
  expect(office.network.texts).toHaveLength(1);
  await office.inject(
    'ringpost/settings',
    bytes({ event: 'e2', device: 'cabin-1', on: false, knew: 9 }),
    mail,
  );
  expect((await office.server.status('cabin-1')).settings).toMatchObject({ on: false });
});
