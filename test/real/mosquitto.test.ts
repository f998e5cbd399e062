import { readFile } from 'node:fs/promises';
import mqtt from 'mqtt';
import { generate } from 'selfsigned';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { startBroker } from '../../src/bus/broker.ts';
import { topics } from '../../src/bus/topics.ts';
import { join, REQUEST, TRIGGER } from '../support/bus.ts';
import { MAIL_USER, MESSAGE_USER, mosquitto } from '../support/mosquitto.ts';

const PASSWORDS = { [MAIL_USER]: 'post', [MESSAGE_USER]: 'bell', 'cabin-1': 'one', 'cabin-2': 'two' };
type User = keyof typeof PASSWORDS;

interface Place {
  readonly url: string;
  readonly ca: string;
}

async function atMosquitto(): Promise<Place> {
  const broker = await mosquitto(PASSWORDS);
  return { url: broker.url, ca: await readFile(broker.ca, 'utf8') };
}

async function atEmbedded(): Promise<Place> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
  });
  const users = [
    { name: MAIL_USER, role: 'mail-server' as const, password: 'post' },
    { name: MESSAGE_USER, role: 'message-server' as const, password: 'bell' },
    { name: 'cabin-1', role: 'device' as const, password: 'one' },
    { name: 'cabin-2', role: 'device' as const, password: 'two' },
  ];
  const broker = await startBroker({ host: '127.0.0.1', port: 0, tls: { cert, key }, users, log: silentLog });
  onTestFinished(() => broker[Symbol.asyncDispose]());
  return { url: `mqtts://localhost:${broker.port}`, ca: cert };
}

/** A client of another make, which tries whatever it likes. What it receives is kept, topic and payload. */
async function client({ url, ca }: Place, user: User, clientId: string = user) {
  const password = PASSWORDS[user];
  const one = mqtt.connect(url, { ca, clientId, username: user, password, reconnectPeriod: 0 });
  one.on('error', () => {});
  onTestFinished(async () => {
    await one.endAsync(true).catch(() => {});
  });
  const got: string[] = [];
  one.on('message', (topic, payload) => got.push(`${topic} ${payload}`));
  await new Promise<void>((resolve, reject) => {
    one.once('connect', () => resolve());
    one.once('close', () => reject(new Error(`${clientId} was not let in`)));
  });
  return { one, got };
}

/** Publishes where it should not: acknowledged and dropped, or the connection is closed. */
async function tries(place: Place, user: User, topic: string, retain = false): Promise<void> {
  const { one } = await client(place, user);
  const closed = new Promise<void>((resolve) => one.once('close', () => resolve()));
  await Promise.race([one.publishAsync(topic, '"forged"', { qos: 1, retain }).catch(() => {}), closed]);
  await one.endAsync(true);
}

const FORGED: readonly [User, string, string][] = [
  ['cabin-1', 'ringpost/device/cabin-2/hello', "another device's topic"],
  ['cabin-1', 'ringpost/device/cabin-2/settings/device', "another device's settings"],
  ['cabin-1', 'ringpost/device/cabin-1/request', 'a request to itself'],
  ['cabin-1', 'ringpost/trigger', 'a first trigger'],
  ['cabin-1', 'ringpost/settings', "a mail server's word about settings"],
  [MAIL_USER, 'ringpost/device/cabin-1/request', 'a request'],
  [MAIL_USER, 'ringpost/device/cabin-1/hello', 'a hello'],
  [MAIL_USER, `ringpost/device/${MAIL_USER}/hello`, 'a hello of a device with its own name'],
  [MAIL_USER, 'ringpost/trigger/ack', 'an acknowledgement'],
  [MESSAGE_USER, 'ringpost/trigger', 'a first trigger'],
];

describe.each([
  ['Mosquitto', atMosquitto],
  ['the embedded broker', atEmbedded],
])('at %s', (_name, open) => {
  test('who publishes where it may not is heard by nobody, also as a retained message', async () => {
    const place = await open();
    const server = await client(place, MESSAGE_USER, `${MESSAGE_USER}:test`);
    const device = await client(place, 'cabin-2');
    const mail = await client(place, MAIL_USER, `${MAIL_USER}:test`);
    for (const leaf of ['hello', 'settings/device', 'report']) {
      await server.one.subscribeAsync(`ringpost/device/+/${leaf}`, { qos: 1 });
    }
    for (const filter of ['ringpost/trigger', 'ringpost/settings'])
      await server.one.subscribeAsync(filter, { qos: 1 });
    await device.one.subscribeAsync('ringpost/device/cabin-2/request', { qos: 1 });
    await mail.one.subscribeAsync('ringpost/trigger/ack', { qos: 1 });
    for (const [user, topic] of FORGED) {
      await tries(place, user, topic);
      await tries(place, user, topic, true);
    }
    // What is allowed comes through, behind all that was not.
    await device.one.publishAsync('ringpost/device/cabin-2/hello', '"mine"', { qos: 1 });
    await server.one.publishAsync('ringpost/device/cabin-2/request', '"asked"', { qos: 1 });
    await server.one.publishAsync('ringpost/trigger/ack', '"stored"', { qos: 1 });
    await vi.waitFor(() => {
      expect(server.got).toEqual(['ringpost/device/cabin-2/hello "mine"']);
      expect(device.got).toEqual(['ringpost/device/cabin-2/request "asked"']);
      expect(mail.got).toEqual(['ringpost/trigger/ack "stored"']);
    });
    // And nothing of it was kept for those who come later.
    const later = await client(place, 'cabin-1');
    await later.one.subscribeAsync('ringpost/device/cabin-1/request', { qos: 1 });
    await server.one.publishAsync('ringpost/device/cabin-1/request', '"first"', { qos: 1 });
    await vi.waitFor(() => expect(later.got).toEqual(['ringpost/device/cabin-1/request "first"']));
  });

  test('a device that subscribes to everything hears its own subtree and no more', async () => {
    const place = await open();
    const server = await client(place, MESSAGE_USER);
    const mail = await client(place, MAIL_USER);
    const spy = await client(place, 'cabin-1');
    const filters = [
      '#',
      'ringpost/#',
      'ringpost/trigger',
      'ringpost/device/+/request',
      'ringpost/device/cabin-2/hello',
    ];
    for (const filter of filters) await spy.one.subscribeAsync(filter, { qos: 1 }).catch(() => {});
    await spy.one.subscribeAsync('ringpost/device/cabin-1/request', { qos: 1 });
    const other = await client(place, 'cabin-2');
    await other.one.publishAsync('ringpost/device/cabin-2/hello', '"theirs"', { qos: 1 });
    await mail.one.publishAsync('ringpost/trigger', '"new mail"', { qos: 1 });
    await server.one.publishAsync('ringpost/device/cabin-2/request', '"theirs"', { qos: 1 });
    await server.one.publishAsync('ringpost/settings/effective', '"theirs"', { qos: 1 });
    await server.one.publishAsync('ringpost/device/cabin-1/request', '"mine"', { qos: 1 });
    await vi.waitFor(() => expect(spy.got.length).toBeGreaterThan(0));
    expect(new Set(spy.got)).toEqual(new Set(['ringpost/device/cabin-1/request "mine"']));
  });

  test('a wrong password is refused in words, and an unknown user', async () => {
    const { url, ca } = await open();
    const tls = { ca };
    const refused = {
      code: 'bus-refused',
      message: expect.stringMatching(/^MQTT CONNECT as cabin-1: refused/),
    };
    await expect(join(url, 'cabin-1', { tls, password: 'two' })).rejects.toMatchObject(refused);
    await expect(join(url, 'nobody', { tls, password: 'x' })).rejects.toMatchObject({ code: 'bus-refused' });
  });

  test('an event that a device asked the broker to keep is no event again for a server that subscribes later', async () => {
    const place = await open();
    const device = await client(place, 'cabin-1');
    const hello = topics.hello('cabin-1').name;
    await device.one.publishAsync(hello, '{"cause":"user","counter":1,"settings":0}', {
      qos: 1,
      retain: true,
    });
    const options = { tls: { ca: place.ca }, user: MESSAGE_USER, password: 'bell' };
    const server = await join(place.url, MESSAGE_USER, options);
    const got: unknown[] = [];
    await server.subscribe(topics.hello('+'), async (payload) => {
      got.push(payload);
    });
    await device.one.publishAsync(hello, '{"cause":"user","counter":2,"settings":0}', { qos: 1 });
    await vi.waitFor(() => expect(got).toHaveLength(1));
    expect(got).toEqual([{ cause: 'user', counter: 2, settings: 0 }]);
  });
});

test('Mosquitto takes new passwords at a reload, and puts out whose line is gone', async () => {
  const broker = await mosquitto(PASSWORDS);
  const place = { url: broker.url, ca: await readFile(broker.ca, 'utf8') };
  const lost = await client(place, 'cabin-1');
  const closed = new Promise<void>((resolve) => lost.one.once('close', () => resolve()));
  const { 'cabin-1': _, ...rest } = PASSWORDS;
  await broker.setUsers({ ...rest, 'cabin-3': 'three' });
  await closed;
  const tls = { ca: place.ca };
  await expect(join(place.url, 'cabin-1', { tls, password: 'one' })).rejects.toMatchObject({
    code: 'bus-refused',
  });
  const third = await join(place.url, 'cabin-3', { tls, password: 'three' });
  await third.publish(topics.hello('cabin-3'), { cause: 'user', counter: 0, settings: 0 });
});

test('a bus finds Mosquitto again after it was killed, with its subscriptions', async () => {
  const broker = await mosquitto(PASSWORDS);
  const tls = { ca: await readFile(broker.ca, 'utf8') };
  const reconnect = { firstMs: 20, longestMs: 50 };
  const server = await join(broker.url, MESSAGE_USER, { tls, password: 'bell', reconnect });
  const got: unknown[] = [];
  await server.subscribe(topics.trigger, async (trigger) => {
    got.push(trigger);
  });
  await broker.stop('SIGKILL');
  await broker.start();
  const mail = await join(broker.url, MAIL_USER, { tls, password: 'post' });
  await server.publish(topics.request('cabin-1'), REQUEST);
  await mail.publish(topics.trigger, TRIGGER);
  await vi.waitFor(() => expect(got).toEqual([TRIGGER]));
});
