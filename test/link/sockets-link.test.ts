import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import type { Quirks } from './dialect-modem.ts';
import { drained, linked, listening, until } from './room.ts';

const variants: readonly [string, Quirks][] = [
  ['as the manual says', {}],
  ['with results before OK', { resultFirst: true }],
  ['with echo', { echo: true }],
  ['with a modem that is busy at first', { busy: 2 }],
];

describe('a connection', () => {
  test.each(variants)('carries any bytes both ways, %s', async (_name, quirks) => {
    const port = await listening((socket) => socket.pipe(socket));
    const { link, modem } = await linked(quirks);
    const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7) % 256));
    const awkward = Buffer.concat([bytes, Buffer.from('\r\nOK\r\n+IPCLOSE: 0,1\r\n> \x1a\x1bERROR\r\n')]);
    const socket = link.connect('127.0.0.1', port);
    // Written before it is up: kept.
    socket.write(awkward);
    await once(socket, 'connect');
    let got = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
    });
    await until(() => got.length >= awkward.length);
    expect(got.equals(awkward)).toBe(true);
    expect(link.cost()).toMatchObject({ bytesUp: awkward.length, bytesDown: awkward.length });
    expect(Math.max(...modem.commands.map((text) => Number(/CIPSEND=0,(\d+)/.exec(text)?.[1] ?? 0)))).toBe(
      1500,
    );
    socket.destroy();
    await once(socket, 'close');
    await until(() => modem.commands.includes('AT+CIPCLOSE=0'));
    await link[Symbol.asyncDispose]();
    expect(modem.commands.at(-1)).toBe('AT+NETCLOSE');
    expect(await link.closed).toBeUndefined();
  });

  test('closed by the other side: everything it sent is read, then the end comes', async () => {
    const sent = Buffer.alloc(40_000, 'mail ');
    const port = await listening((socket) => socket.end(sent));
    const { link, modem } = await linked();
    const socket = link.connect('127.0.0.1', port);
    expect((await drained(socket)).equals(sent)).toBe(true);
    await until(() => socket.closed);
    expect(modem.count('AT+CIPCLOSE')).toBe(0);
  });

  test('our end: the answer still comes in, then the connection is closed in the modem', async () => {
    const clock = new SimulatedClock();
    const port = await listening((socket) => {
      socket.once('data', () => socket.write('goodbye'));
    });
    const { link, modem } = await linked({}, { clock });
    const socket = link.connect('127.0.0.1', port);
    socket.end('LOGOUT');
    const all = drained(socket);
    await until(() => link.cost().bytesDown === 7);
    await clock.advance(7000);
    expect((await all).toString()).toBe('goodbye');
    await until(() => modem.count('AT+CIPCLOSE=0') === 1);
  });

  test('a reader that does not read stops the fetching; it goes on when it reads', async () => {
    const port = await listening((socket) => socket.write(Buffer.alloc(300_000, 'x')));
    const { link, modem } = await linked();
    const socket = link.connect('127.0.0.1', port);
    socket.once('readable', () => {});
    await until(() => socket.readableLength >= socket.readableHighWaterMark);
    const fetched = modem.count('AT+CIPRXGET=2');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(modem.count('AT+CIPRXGET=2')).toBe(fetched);
    expect(fetched * 1500).toBeLessThanOrEqual(socket.readableHighWaterMark + 3000);
    let total = 0;
    socket.on('data', (chunk: Buffer) => {
      total += chunk.length;
    });
    await until(() => total === 300_000);
  });

  test('a writer is held back until the modem has taken its bytes', async () => {
    const port = await listening((socket) => socket.resume());
    const { link } = await linked();
    const socket = link.connect('127.0.0.1', port);
    expect(socket.write(Buffer.alloc(100_000))).toBe(false);
    await once(socket, 'drain');
    expect(link.cost().bytesUp).toBe(100_000);
  });
});

test('four connections at once take turns', async () => {
  const port = await listening((socket) => socket.pipe(socket));
  const { link, modem } = await linked();
  const sockets = [1, 2, 3, 4].map(() => link.connect('127.0.0.1', port));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  modem.commands.length = 0;
  const echoed = sockets.map(async (socket, index) => {
    const bytes = Buffer.alloc(30_000, String(index));
    socket.write(bytes);
    let got = 0;
    for await (const chunk of socket) {
      expect((chunk as Buffer).every((byte) => byte === 0x30 + index)).toBe(true);
      got += (chunk as Buffer).length;
      if (got === bytes.length) break;
    }
  });
  await Promise.all(echoed);
  // In the middle of it, no connection had to wait for more than a few commands of the others.
  const turns = modem.commands.slice(8, 60).map((text) => /=(?:2,)?(\d)/.exec(text)?.[1]);
  for (const id of ['0', '1', '2', '3']) {
    const places = turns.flatMap((turn, place) => (turn === id ? [place] : []));
    const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12);
  }
});

test('ten connections, and the eleventh is told so; a closed one makes room', async () => {
  const port = await listening((socket) => socket.resume());
  const { link, modem } = await linked();
  const sockets = Array.from({ length: 10 }, () => link.connect('127.0.0.1', port));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const [error] = (await once(link.connect('127.0.0.1', port), 'error')) as [Error];
  expect(error).toMatchObject({ code: 'connect-refused', message: expect.stringContaining('in use') });
  sockets[3]?.destroy();
  await until(() => modem.count('AT+CIPCLOSE=3') === 1);
  await until(() => modem.bridges.size === 9);
  await once(link.connect('127.0.0.1', port), 'connect');
  expect(modem.count('AT+CIPOPEN=3')).toBe(2);
});
