import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { startBroker } from '../../src/bus/broker.ts';
import { type BusOptions, connectBus } from '../../src/bus/connect-bus.ts';
import { topics } from '../../src/bus/topics.ts';
import { openAddressBook } from '../../src/server/message/address-book.ts';
import { startMessageServer } from '../../src/server/message/message-server.ts';
import { type World, world } from '../support/device.ts';
import { DEVICE, inStep, KEY, SERVER_NUMBER, untilAborted } from '../support/device-edge.ts';

const NUMBER = '+4915112345678';

/** A real broker and a real message server; only the cellular network between gateway and modem is made up. */
async function office(w: World, kind: 'sms' | 'call') {
  const users = [
    { name: DEVICE, role: 'device', password: 'd' },
    { name: 'mail', role: 'mail-server', password: 'd' },
    { name: 'message', role: 'message-server', password: 'd' },
  ] as const;
  const broker = await startBroker({ host: '127.0.0.1', port: 0, users: [...users], log: silentLog });
  onTestFinished(() => broker[Symbol.asyncDispose]());
  const connect = (user: string, reconnect: BusOptions['reconnect'], signal?: AbortSignal) =>
    connectBus(
      {
        open: () => broker.url,
        clientId: user,
        user,
        password: 'd',
        log: silentLog,
        keepaliveSeconds: 0,
        reconnect,
      },
      signal,
    );
  const addressBook = await openAddressBook(join(w.directory, 'server', 'address-book.json'));
  const secret = Buffer.from(KEY.secret).toString('hex');
  await addressBook.add({ device: DEVICE, number: NUMBER, trigger: kind, key: { id: KEY.id, secret } });
  const server = await startMessageServer({
    bus: await connect('message', { firstMs: 20, longestMs: 50 }),
    stateDirectory: join(w.directory, 'server', 'message'),
    addressBook,
    gateways: [
      {
        name: 'modem',
        sendSms: async (_number, text) => void w.sms(text),
        ring: async () => {
          w.call(SERVER_NUMBER);
          return 'rang';
        },
      },
    ],
    clock: w.clock,
    log: silentLog,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const mail = await connect('mail', false);
  onTestFinished(() => mail[Symbol.asyncDispose]());
  w.realBus = (signal) => connect(DEVICE, false, signal);
  const stored = (uidnext: number) =>
    mail.publish(topics.trigger, {
      event: `e${uidnext}`,
      device: DEVICE,
      mailbox: 'INBOX',
      uidvalidity: 1,
      uidnext,
      count: 1,
      size: 1000,
    });
  return { server, stored };
}

test.each(['sms', 'call'] as const)(
  'R7 R8 over MQTT: a trigger by %s brings the device to the message server, whose request it obeys and reports',
  async (kind) => {
    const w = await world({ callers: [SERVER_NUMBER] });
    const { server, stored } = await office(w, kind);
    await w.boot();
    await stored(5);
    await w.sessions(1);
    expect(w.jobs).toMatchObject([{ targets: [{ mailbox: 'INBOX', uidvalidity: 1, uidnext: 5 }] }]);
    expect(w.texts('report')).toEqual(['report sent: ok']);
    await vi.waitFor(async () => {
      expect(await server.status(DEVICE)).toMatchObject({
        owed: [],
        awaitsReport: false,
        lastSync: w.clock.now(),
      });
    }, 5000);
  },
);

test('R10 over MQTT: off at the device is known to the server, nothing is sent; on brings what waited', async () => {
  const w = await world();
  const { server, stored } = await office(w, 'sms');
  const { device } = await w.boot();
  await device.setSettings({ on: false });
  await vi.waitFor(async () => expect((await server.status(DEVICE)).settings.on).toBe(false), 5000);
  await w.sessions(1);
  await stored(5);
  await vi.waitFor(async () => expect((await server.status(DEVICE)).owed).toHaveLength(1), 5000);
  await w.quiet();
  expect(w.links).toBe(1);

  await device.setSettings({ on: true });
  await w.until(() => w.jobs.length === 1);
  await vi.waitFor(async () => expect((await server.status(DEVICE)).owed).toEqual([]), 5000);
});

test('R12 over MQTT: the interval set at the server reaches the device, and one set at the device the server', async () => {
  const w = await world();
  const { server, stored } = await office(w, 'sms');
  const { device } = await w.boot();
  await server.setSettings(DEVICE, { intervalSeconds: 120 });
  await stored(5);
  await w.sessions(1);
  await w.until(() => device.status().intervalSeconds === 120);
  await device.setSettings({ intervalSeconds: 60 });
  await vi.waitFor(async () => expect((await server.status(DEVICE)).settings.intervalSeconds).toBe(60), 5000);
});

test('a request that was queued for a session that was cut is not lost: the next hello brings it', async () => {
  const w = await world();
  const { server, stored } = await office(w, 'sms');
  const first = await w.boot();
  w.synchronise = untilAborted;
  await stored(5);
  await w.until(() => w.jobs.length === 1);
  await first.stop();
  w.synchronise = async () => inStep(5);
  await w.reboot();
  await w.sessions(1);
  await vi.waitFor(async () => expect((await server.status(DEVICE)).owed).toEqual([]), 5000);
});

test('by hand, with nothing new at the server, the session does not wait long for its "nothing"', async () => {
  const w = await world();
  await office(w, 'sms');
  const { device } = await w.boot();
  expect(await device.syncNow()).toMatchObject({ cause: 'user', result: 'ok' });
});
