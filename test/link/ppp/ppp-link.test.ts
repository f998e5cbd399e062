import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pppdChild } from '../../../src/link/ppp/pppd-child.ts';
import { pppdSocket } from '../../../src/link/ppp/pppd-socket.ts';
import { refused } from '../../modem/engine/script.ts';
import { listening, nameServer, pppRoom, runs, socketUnit, WatchedClock } from './room.ts';

test('opens, connects from its own address, asks the peer for names, hangs up', async () => {
  const names = await nameServer('127.0.0.1');
  process.env.FAKE_DNS = names.at;
  const room = await pppRoom();
  const clients: (string | undefined)[] = [];
  const port = await listening((socket) => {
    clients.push(socket.remoteAddress);
    socket.pipe(socket);
  });
  const link = await room.open('up');
  const pid = await room.pid();
  for (const host of ['127.0.0.1', 'mail.example.org']) {
    const socket = link.connect(host, port);
    socket.write('written before it is up');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    expect(bytes.toString()).toBe('written before it is up');
    socket.destroy();
  }
  expect(clients).toEqual(['127.0.0.2', '127.0.0.2']);
  expect(names.askedBy).toEqual(['127.0.0.2']);
  room.say('~from the network~');
  await expect.poll(() => room.crossed.text).toContain('~hello~~from the network~');
  expect(link.cost()).toMatchObject({ bytesUp: '~hello~~from the network~'.length, bytesDown: 18 });
  const open = link.connect('127.0.0.1', port);
  await once(open, 'connect');
  const ended = once(open, 'close');
  await link[Symbol.asyncDispose]();
  await ended;
  expect(await link.closed).toBeUndefined();
  expect(room.crossed.text).toMatch(/~bye~\+\+\+ATH\r/);
  expect(runs(pid)).toBe(false);
  expect(await once(link.connect('127.0.0.1', port), 'error')).toMatchObject([{ code: 'link-lost' }]);
});

test('errors of a connection are LinkErrors with their code', async () => {
  process.env.FAKE_DNS = '';
  const room = await pppRoom();
  const link = await room.open('up');
  const errorOf = async (host: string, port: number, signal?: AbortSignal) => {
    const [error] = (await once(link.connect(host, port, signal ? { signal } : {}), 'error')) as [Error];
    return error;
  };
  expect(await errorOf('127.0.0.1', 1)).toMatchObject({
    name: 'LinkError',
    code: 'connect-refused',
    temporary: true,
  });
  expect(await errorOf('mail.example.org', 1)).toMatchObject({ code: 'name-not-found' });
  expect(await errorOf('2001:db8::1', 1)).toMatchObject({ code: 'connect-refused' });
  expect(await errorOf('127.0.0.1', 1, AbortSignal.abort())).toMatchObject({ code: 'connect-refused' });
  room.say('~\r\nNO CARRIER\r\n');
  await link.closed;
});

test('a lost carrier takes every connection with it; nothing more is sent but AT', async () => {
  const room = await pppRoom();
  const port = await listening(() => {});
  const link = await room.open('up');
  const pid = await room.pid();
  const sockets = [1, 2, 3].map(() => link.connect('127.0.0.1', port));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const errors = Promise.all(sockets.map((socket) => once(socket, 'error')));
  await expect.poll(() => room.crossed.text).toContain('~hello~');
  const before = room.crossed.text.length;
  room.say('~half a frame\r\nNO CARRIER\r\n');
  expect(await errors).toMatchObject([1, 2, 3].map(() => [{ code: 'link-lost', temporary: true }]));
  const why = await link.closed;
  expect(why).toMatchObject({
    code: 'link-lost',
    cause: { code: 'hang-up', fields: { modem: 'NO CARRIER' } },
  });
  await link[Symbol.asyncDispose]();
  expect(runs(pid)).toBe(false);
  await room.channel.command('AT+CSQ');
  // The fake pppd sends back what it gets.
  const after = room.crossed.text.slice(before).replace('~half a frame\r\nNO CARRIER\r\n', '');
  expect(after).toBe('\x1bAT\rAT+CSQ\r');
});

test.each(['lost', 'closed'])(
  'a session that is %s resets its connections: no FIN is left to go another way',
  async (how) => {
    const room = await pppRoom();
    const ends: (string | undefined)[] = [];
    const port = await listening((socket) => {
      socket.once('end', () => ends.push('FIN'));
      socket.once('error', (error: NodeJS.ErrnoException) => ends.push(error.code));
    });
    const link = await room.open('up');
    const socket = link.connect('127.0.0.1', port);
    await once(socket, 'connect');
    socket.on('error', () => {});
    if (how === 'lost') room.say('~half a frame\r\nNO CARRIER\r\n');
    else await link[Symbol.asyncDispose]();
    await expect.poll(() => ends).toEqual(['ECONNRESET']);
    await link[Symbol.asyncDispose]();
  },
);

test('a connection that ends in order is taken whole, and nothing of it is left in the kernel', async () => {
  const room = await pppRoom();
  const came: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk) => came.push(String(chunk)));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  await using link = await room.open('up');
  const socket = link.connect('127.0.0.1', (server.address() as AddressInfo).port) as Socket;
  await once(socket, 'connect');
  const port = socket.localPort as number;
  socket.end('all of it');
  await once(socket, 'finish');
  socket.destroy();
  await expect.poll(() => came.join('')).toBe('all of it');
  // Local address and port, in hexadecimal, of each connection that the kernel keeps (proc(5)).
  const kept = async () => (await readFile('/proc/net/tcp', 'utf8')).match(/^ *\d+: \w+:(\w+)/gm) ?? [];
  const ours = port.toString(16).toUpperCase().padStart(4, '0');
  await expect.poll(async () => (await kept()).filter((line) => line.endsWith(`:${ours}`))).toEqual([]);
});

test('a pppd that is killed ends the session, and the call is hung up', async () => {
  const room = await pppRoom();
  const link = await room.open('up');
  process.kill(await room.pid(), 'SIGKILL');
  expect(await link.closed).toMatchObject({ code: 'link-lost', cause: { code: 'pppd-killed' } });
  await link[Symbol.asyncDispose]();
  expect(room.crossed.text).toMatch(/\+\+\+ATH\r/);
});

test.each([
  ['silent', { code: 'lcp-silent', temporary: true }],
  ['refused', { code: 'auth-refused', temporary: false }],
  ['slow', { code: 'no-address', temporary: true }],
])('one that is %s is told by its stage, and the call is hung up', async (way, error) => {
  const room = await pppRoom();
  // A crash left this one behind.
  await writeFile(join(room.run, 'ppp.state'), 'session=0123456789abcdef\nlocal=127.0.0.2\n');
  expect(await refused(room.open(way, { upTimeout: 700 }))).toMatchObject(error);
  expect(room.crossed.text).toMatch(/\+\+\+ATH\r/);
});

test.each(['silent', 'up'])('after a session (%s), nothing waits any more', async (way) => {
  const room = await pppRoom();
  const clock = new WatchedClock();
  const open = room.open(way, { clock });
  if (way === 'up') await (await open)[Symbol.asyncDispose]();
  else await refused(open);
  const { begun } = clock;
  await systemClock.sleep(300);
  expect(clock).toMatchObject({ begun, waiting: 0 });
});

test('no pppd: said so, and the call is hung up', async () => {
  const room = await pppRoom();
  const startPppd = pppdChild({ peer: 'x', clock: systemClock, program: '/nowhere/pppd' });
  expect(await refused(room.open('up', { startPppd }))).toMatchObject({
    code: 'pppd-missing',
    temporary: false,
    message: '/nowhere/pppd: cannot be started (ENOENT)',
  });
  expect(room.crossed.text).toMatch(/\+\+\+ATH\r/);
});

test('given up while it opens: everything is taken down before the promise settles', async () => {
  const room = await pppRoom();
  const cancel = new AbortController();
  const opening = refused(room.open('slow', {}, cancel.signal));
  await expect.poll(() => room.crossed.text).toContain('~hello~');
  cancel.abort(new Error('enough'));
  expect((await opening).message).toBe('enough');
  expect(room.crossed.text).toMatch(/~bye~\+\+\+ATH\r/);
});

test('a pppd that does not end is killed', async () => {
  const room = await pppRoom();
  const link = await room.open('deaf');
  const pid = await room.pid();
  await link[Symbol.asyncDispose]();
  expect(runs(pid)).toBe(false);
  expect(room.crossed.text).toMatch(/\+\+\+ATH\r/);
});

test('a refused dialling is told as such', async () => {
  const room = await pppRoom();
  const modem = { dialData: () => room.channel.data('AT+NODIAL').then(() => expect.unreachable()) };
  expect(await refused(room.open('up', { modem }))).toMatchObject({ code: 'dial-refused' });
});

test('behind a socket: the same, and the wrapper tells the exit code', async () => {
  const room = await pppRoom();
  const unit = await socketUnit(room.run, 'up');
  const startPppd = pppdSocket({ path: unit.path, run: room.run });
  const port = await listening((socket) => socket.pipe(socket));
  const link = await room.open('', { startPppd });
  const socket = link.connect('127.0.0.1', port);
  socket.write('hello');
  await once(socket, 'data');
  room.say('~from the network~');
  await expect.poll(() => room.crossed.text).toContain('~hello~~from the network~');
  await link[Symbol.asyncDispose]();
  expect(room.crossed.text).toMatch(/~bye~\+\+\+ATH\r/);
  expect(await Promise.all(unit.wrappers)).toEqual([0]);
  expect(await readFile(join(room.run, 'ppp.state'), 'utf8')).toMatch(/^session=[0-9a-f]{16}\nexit=5\n$/);
  // A second session, whose carrier is lost.
  const next = await room.open('', { startPppd });
  room.say('~\r\nNO CARRIER\r\n');
  expect(await next.closed).toMatchObject({ code: 'link-lost' });
  await next[Symbol.asyncDispose]();
  expect(await Promise.all(unit.wrappers)).toEqual([0, 0]);
});

test('behind a socket: failures are told from log and exit code; nobody there is told too', async () => {
  const room = await pppRoom();
  const unit = await socketUnit(room.run, 'refused');
  const startPppd = pppdSocket({ path: unit.path, run: room.run });
  expect(await refused(room.open('', { startPppd }))).toMatchObject({
    code: 'auth-refused',
    fields: { exit: 19, last: 'PAP authentication failed' },
  });
  const nobody = pppdSocket({ path: join(room.run, 'none.sock'), run: room.run });
  expect(await refused(room.open('', { startPppd: nobody }))).toMatchObject({ code: 'pppd-missing' });
});
