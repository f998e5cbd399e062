import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import { expect, onTestFinished, test, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { type Request, type Trigger, topics } from '../../src/bus/topics.ts';
import { broker, join, RECONNECT, REPORT, REQUEST, TRIGGER } from '../support/bus.ts';

test('a typed payload crosses the broker from a device to the message server and back', async () => {
  const { url } = await broker();
  const server = await join(url, 'message');
  const device = await join(url, 'cabin-1');
  const hellos: unknown[] = [];
  await server.subscribe(topics.hello('+'), async (hello, topic) => {
    hellos.push([topic, hello]);
  });
  const requests: Request[] = [];
  await device.subscribe(topics.request('cabin-1'), async (request) => {
    requests.push(request);
  });
  await device.publish(topics.hello('cabin-1'), { cause: 'sms', counter: 7, settings: 0 });
  await server.publish(topics.request('cabin-1'), REQUEST);
  await vi.waitFor(() => expect(requests).toEqual([REQUEST]));
  expect(hellos).toEqual([['ringpost/device/cabin-1/hello', { cause: 'sms', counter: 7, settings: 0 }]]);
});

test('what is queued for a device waits for its subscription in the next session, and is acknowledged once stored', async () => {
  const { url } = await broker();
  const server = await join(url, 'message');
  const first = await join(url, 'cabin-1');
  await first.subscribe(topics.request('cabin-1'), async () => {});
  await first[Symbol.asyncDispose]();
  await server.publish(topics.request('cabin-1'), REQUEST);

  const second = await join(url, 'cabin-1');
  const failing = vi.fn(async () => {
    throw new Error('the disk is full');
  });
  await second.subscribe(topics.request('cabin-1'), failing);
  await vi.waitFor(() => expect(failing).toHaveBeenCalled());
  await second[Symbol.asyncDispose]();

  const third = await join(url, 'cabin-1');
  // The PUBACK comes after what was queued: the request was here before anybody asked for it.
  await third.publish(topics.hello('cabin-1'), { cause: 'poll', counter: 0, settings: 0 });
  const got = vi.fn(async () => {});
  await third.subscribe(topics.request('cabin-1'), got);
  await vi.waitFor(() => expect(got).toHaveBeenCalledWith(REQUEST, 'ringpost/device/cabin-1/request'));
  await third[Symbol.asyncDispose]();

  const fourth = await join(url, 'cabin-1');
  const again = vi.fn(async () => {});
  await fourth.subscribe(topics.request('cabin-1'), again);
  await server.publish(topics.serverSettings('cabin-1'), {
    on: true,
    intervalSeconds: 1,
    revision: 1,
    seen: 0,
  });
  await fourth.subscribe(topics.serverSettings('cabin-1'), async () => {});
  expect(again).not.toHaveBeenCalled();
});

test('a handler may publish and wait for the PUBACK', async () => {
  const { url } = await broker();
  const server = await join(url, 'message');
  const mail = await join(url, 'mail');
  await server.subscribe(topics.trigger, (trigger) =>
    server.publish(topics.triggerAck, { event: trigger.event }),
  );
  const acks: unknown[] = [];
  await mail.subscribe(topics.triggerAck, async (ack) => {
    acks.push(ack);
  });
  await mail.publish(topics.trigger, TRIGGER);
  await vi.waitFor(() => expect(acks).toEqual([{ event: 'e1' }]));
});

test('a server connects again, subscribes again, and a publish waits for the connection', async () => {
  const first = await broker();
  const server = await join(first.url, 'message', { reconnect: RECONNECT });
  const got: Trigger[] = [];
  await server.subscribe(topics.trigger, async (trigger) => {
    got.push(trigger);
  });
  await first[Symbol.asyncDispose]();
  const waiting = server.publish(topics.triggerAck, { event: 'e0' });
  const second = await broker(first.port);
  await waiting;
  const mail = await join(second.url, 'mail');
  await mail.publish(topics.trigger, TRIGGER);
  await vi.waitFor(() => expect(got).toEqual([TRIGGER]));
});

test('a message whose handler failed comes again over the next connection', async () => {
  const { url } = await broker();
  const server = await join(url, 'message', { reconnect: RECONNECT });
  const mail = await join(url, 'mail');
  let calls = 0;
  await server.subscribe(topics.trigger, async () => {
    calls += 1;
    if (calls === 1) throw new Error('the disk is full');
  });
  await mail.publish(topics.trigger, TRIGGER);
  await vi.waitFor(() => expect(calls).toBe(2));
});

test('a payload of ours that breaks its schema is not sent', async () => {
  const { url } = await broker();
  const mail = await join(url, 'mail');
  const bad = { ...TRIGGER, device: '../etc' };
  await expect(mail.publish(topics.trigger, bad)).rejects.toMatchObject({
    code: 'bad-payload',
    temporary: false,
  });
});

test('a refused publish is permanent: no reconnect loop, and the next publish works', async () => {
  const { url } = await broker();
  let connections = 0;
  const open = () => {
    connections += 1;
    return url;
  };
  const mail = await join(url, 'mail', { open, reconnect: RECONNECT });
  await expect(mail.publish(topics.request('cabin-1'), REQUEST)).rejects.toMatchObject({
    code: 'bus-refused',
    temporary: false,
  });
  expect(connections).toBeLessThanOrEqual(4);
  await mail.publish(topics.trigger, TRIGGER);

  const device = await join(url, 'cabin-1');
  await expect(device.publish(topics.report('cabin-2'), REPORT)).rejects.toMatchObject({
    code: 'bus-refused',
  });
  expect(await device.closed).toMatchObject({ code: 'bus-lost' });
});

test('a refused subscription is permanent and leaves the connection up', async () => {
  const { url } = await broker();
  const device = await join(url, 'cabin-1');
  const handle = async () => {};
  for (const name of ['cabin-2', '+']) {
    await expect(device.subscribe(topics.request(name), handle)).rejects.toMatchObject({
      code: 'bus-refused',
    });
  }
  await device.publish(topics.hello('cabin-1'), { cause: 'user', counter: 0, settings: 0 });
});

test('a broker that never answers runs into the deadline', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as { port: number };
  const joining = join(`mqtt://127.0.0.1:${port}`, 'cabin-1', { deadlineMs: 100 });
  await expect(joining).rejects.toMatchObject({ code: 'bus-timeout', temporary: true });
});

test('nobody listening, and a connection lost in the middle, are temporary', async () => {
  const { url } = await broker();
  await expect(join('mqtt://127.0.0.1:1', 'cabin-1')).rejects.toMatchObject({
    code: 'bus-lost',
    temporary: true,
  });
  let raw: Duplex | undefined;
  const open = () => {
    raw = connectTcp(Number(new URL(url).port), '127.0.0.1');
    return raw;
  };
  const device = await join(url, 'cabin-1', { open });
  raw?.destroy(new Error('the tunnel'));
  expect(await device.closed).toMatchObject({ code: 'bus-lost', temporary: true });
  const late = device.publish(topics.hello('cabin-1'), { cause: 'sms', counter: 1, settings: 0 });
  await expect(late).rejects.toMatchObject({ code: 'bus-lost' });
});

test('TLS over any Duplex is verified, and its session is resumed', async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const { url, port } = await broker(0, { tls: { cert, key } });
  expect(url).toMatch(/^mqtts:/);
  const raws: Socket[] = [];
  const open = () => {
    const raw = connectTcp(port, '127.0.0.1');
    raws.push(raw);
    return raw;
  };
  let ticket: Buffer | undefined;
  const session = {
    load: () => ticket,
    save: (got: Buffer) => {
      ticket = got;
    },
  };
  const tls = { ca: cert, servername: 'localhost', session };
  const first = await join(url, 'cabin-1', { open, tls });
  await vi.waitFor(() => expect(ticket).toBeDefined());
  await first[Symbol.asyncDispose]();
  const second = await join(url, 'cabin-1', { open, tls });
  await second[Symbol.asyncDispose]();
  // The certificate did not cross the wire again.
  expect(raws[1]?.bytesRead).toBeLessThan((raws[0]?.bytesRead ?? 0) - 400);

  const wrongName = join(url, 'cabin-2', { open, tls: { ca: cert, servername: 'elsewhere' } });
  await expect(wrongName).rejects.toMatchObject({ code: 'bus-lost' });
  const unknownAuthority = join(url, 'cabin-2', { open, tls: { servername: 'localhost' } });
  await expect(unknownAuthority).rejects.toMatchObject({ code: 'bus-lost' });
});

test('the signal ends a bus at once', async () => {
  const { url } = await broker();
  const stop = new AbortController();
  const options = { open: () => url, clientId: 'mail', user: 'mail', password: 'post', log: silentLog };
  const bus = await connectBus({ ...options, keepaliveSeconds: 30, reconnect: RECONNECT }, stop.signal);
  stop.abort();
  expect(await bus.closed).toBeUndefined();
});
