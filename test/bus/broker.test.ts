import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { expect, test, vi } from 'vitest';
import { settlable } from '../../src/base/settlable.ts';
import { topics } from '../../src/bus/topics.ts';
import { broker, join, RECONNECT, REQUEST, stranger, TRIGGER } from '../support/bus.ts';

test('hostile payloads are acknowledged and dropped: not JSON, not the shape, too large', async () => {
  const { url } = await broker();
  const server = await join(url, 'message');
  const got: unknown[] = [];
  await server.subscribe(topics.hello('+'), async (hello) => {
    got.push(hello);
  });
  const device = await stranger(url, 'cabin-1');
  const hello = topics.hello('cabin-1').name;
  await device.publishAsync(hello, '{"cause":', { qos: 1 });
  await device.publishAsync(hello, Buffer.from([0xff, 0xfe, 0x00]), { qos: 1 });
  await device.publishAsync(hello, '{"cause":"sms","counter":-1,"settings":0}', { qos: 1 });
  await device.publishAsync(hello, `"${'x'.repeat(65_000)}"`, { qos: 1 });
  await device.publishAsync(hello, '{"cause":"sms","counter":3,"settings":0}', { qos: 1 });
  await vi.waitFor(() => expect(got).toEqual([{ cause: 'sms', counter: 3, settings: 0 }]));
});

test('the broker closes a connection whose packet announces more than the limit, before any password', async () => {
  const { port } = await broker();
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  // CONNECT with a remaining length of 268 435 455.
  socket.write(Buffer.of(0x10, 0xff, 0xff, 0xff, 0x7f));
  await once(socket, 'close', { signal: AbortSignal.timeout(5000) });
});

test('a filter that was refused beside an allowed one delivers nothing, not in the next session either', async () => {
  const { url } = await broker();
  const spy = await stranger(url, 'cabin-2');
  const filters = ['ringpost/device/cabin-2/request', 'ringpost/device/cabin-1/request', 'ringpost/#'];
  await spy.subscribeAsync(filters, { qos: 1 }).catch(() => {});
  await spy.endAsync();
  const server = await join(url, 'message');
  await server.publish(topics.request('cabin-1'), REQUEST);
  await server.publish(topics.request('cabin-2'), { do: 'nothing', request: 'mine' });
  const later = await stranger(url, 'cabin-2');
  const seen: string[] = [];
  later.on('message', (topic) => seen.push(topic));
  await vi.waitFor(() => expect(seen).toContain('ringpost/device/cabin-2/request'));
  await later.publishAsync('ringpost/device/cabin-2/log', 'x', { qos: 1 });
  expect(new Set(seen)).toEqual(new Set(['ringpost/device/cabin-2/request']));
});

test('a wrong password, an unknown user and a client id of somebody else are refused', async () => {
  const { url } = await broker();
  const refused = { code: 'bus-refused', temporary: false };
  await expect(join(url, 'cabin-1', { password: 'two' })).rejects.toMatchObject(refused);
  await expect(join(url, 'cabin-1', { password: '', reconnect: RECONNECT })).rejects.toMatchObject(refused);
  await expect(join(url, 'nobody')).rejects.toMatchObject(refused);
  await expect(join(url, 'cabin-1', { clientId: 'cabin-2' })).rejects.toMatchObject(refused);
  await expect(join(url, 'cabin-1', { clientId: 'cabin-1:x' })).rejects.toMatchObject(refused);
  await join(url, 'message', { clientId: 'message:settings' });
});

test('a connection of the same process needs no address; when the broker goes, it ends', async () => {
  const own = await broker();
  const server = await join(own.url, 'message', { open: () => own.connect() });
  const device = await join(own.url, 'cabin-1');
  const got: unknown[] = [];
  await device.subscribe(topics.request('cabin-1'), async (request) => {
    got.push(request);
  });
  await server.publish(topics.request('cabin-1'), REQUEST);
  await vi.waitFor(() => expect(got).toEqual([REQUEST]));
  await own[Symbol.asyncDispose]();
  await expect(server.closed).resolves.toMatchObject({ code: 'bus-lost' });
});

test('a user who is not let in any more loses what is open, and others do not', async () => {
  const running = await broker();
  const lost = await stranger(running.url, 'cabin-1');
  const other = await stranger(running.url, 'cabin-2');
  await lost.publishAsync('ringpost/device/cabin-1/log', 'x', { qos: 1 });
  const closed = new Promise<void>((resolve) => lost.once('close', () => resolve()));
  running.disconnect('cabin-1');
  await closed;
  await other.publishAsync('ringpost/device/cabin-2/log', 'x', { qos: 1 });
});

test('who comes before the broker is ready waits, and who left meanwhile is nobody', async () => {
  const ready = settlable();
  const { url, port, connect } = await broker(0, { ready: ready.promise });
  const gone = connectTcp(port, '127.0.0.1');
  await once(gone, 'connect');
  gone.resetAndDestroy();
  let isIn = false;
  const mail = join(url, 'mail').then((bus) => {
    isIn = true;
    return bus;
  });
  const server = await join(url, 'message', { open: connect });
  const got: unknown[] = [];
  await server.subscribe(topics.trigger, async (trigger) => {
    got.push(trigger);
  });
  expect(isIn).toBe(false);
  ready.resolve();
  await (await mail).publish(topics.trigger, TRIGGER);
  await vi.waitFor(() => expect(got).toEqual([TRIGGER]));
});
