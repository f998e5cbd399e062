import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { drained, listening, tlsEcho, until } from '../room.ts';
import { awkwardBytes, SPOKEN, speaking } from './room.ts';

/** Reads until so many bytes are there. */
async function read(socket: Duplex, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await until(() => chunks.reduce((sum, { length: one }) => sum + one, 0) >= length);
  return Buffer.concat(chunks);
}

describe.each(SPOKEN)('bytes over $dialect', (spoken) => {
  test('a megabyte of awkward bytes comes back as it went', async () => {
    const port = await listening((socket) => socket.pipe(socket));
    const { link, commands } = await speaking(spoken);
    const bytes = awkwardBytes(1_000_000);
    const socket = link.connect('mail.test', port);
    const echoed = read(socket, bytes.length);
    // Written before it is up: kept.
    socket.write(bytes);
    expect((await echoed).equals(bytes)).toBe(true);
    expect(link.cost()).toMatchObject({ bytesUp: bytes.length, bytesDown: bytes.length });
    const sent = commands.filter((text) => text.startsWith(`${spoken.sendCommand}=`));
    expect(Math.max(...sent.map((text) => Number(text.split(',')[1])))).toBe(spoken.sends);
  });

  test('a line that comes byte by byte, with news in the middle of every reply', async () => {
    const port = await listening((socket) => socket.pipe(socket));
    const { link, modem } = await speaking(spoken);
    modem.faults.splitWrites = 1;
    modem.faults.urcInsideReply = '+CMTI: "SM",1';
    const bytes = awkwardBytes(10_000);
    const socket = link.connect('mail.test', port);
    const echoed = read(socket, bytes.length);
    socket.write(bytes);
    expect((await echoed).equals(bytes)).toBe(true);
  });

  test('closed by the other side with bytes unread: all of them come, then the end', async () => {
    const bytes = awkwardBytes(20_000);
    const port = await listening((socket) => socket.end(bytes));
    const { link, modem, network, commands } = await speaking(spoken);
    let ended = false;
    network.onEvent(({ kind }) => {
      ended ||= kind === 'disconnected';
    });
    const socket = link.connect('mail.test', port);
    await until(() => ended);
    expect((await drained(socket)).equals(bytes)).toBe(true);
    await until(() => socket.closed);
    // The number is free again: in the modem, too.
    for (let more = 0; more < spoken.connections; more += 1) {
      expect((await drained(link.connect('mail.test', port))).equals(bytes)).toBe(true);
    }
    expect(modem.registered).toBe(true);
    expect(commands.filter((text) => text.startsWith(spoken.openCommand))).toHaveLength(
      spoken.connections + 1,
    );
  });

  test('our end: the answer still comes in, then the connection is closed in the modem', async () => {
    const clock = new SimulatedClock();
    const port = await listening((socket) => {
      socket.once('data', () => socket.write('goodbye'));
    });
    const { link, count } = await speaking(spoken, { clock });
    const socket = link.connect('127.0.0.1', port);
    const all = drained(socket);
    socket.end('LOGOUT');
    await until(() => link.cost().bytesDown === 7);
    await clock.advance(7000);
    expect((await all).toString()).toBe('goodbye');
    await until(() => count(spoken.close(0)) === 1);
  });

  test('as many connections at once as it has, each with its own bytes; one more is told so', async () => {
    const port = await listening((socket) => socket.pipe(socket));
    const { link, count } = await speaking(spoken);
    const sockets = Array.from({ length: spoken.connections }, () => link.connect('mail.test', port));
    const echoed = sockets.map(async (socket, index) => {
      const bytes = Buffer.alloc(10_000, String.fromCharCode(0x41 + index));
      socket.write(bytes);
      expect((await read(socket, bytes.length)).equals(bytes)).toBe(true);
    });
    await Promise.all(echoed);
    const [error] = await once(link.connect('mail.test', port), 'error');
    expect(error).toMatchObject({ code: 'connect-refused', message: expect.stringContaining('in use') });
    sockets[3]?.destroy();
    await until(() => count(spoken.close(3)) === 1);
    await until(() => sockets[3]?.closed === true);
    await once(link.connect('mail.test', port), 'connect');
  });

  test('a reader that does not read stops the fetching; it goes on when it reads', async () => {
    const port = await listening((socket) => socket.write(Buffer.alloc(300_000, 'x')));
    const { link, count } = await speaking(spoken);
    const socket = link.connect('mail.test', port);
    socket.once('readable', () => {});
    await until(() => socket.readableLength >= socket.readableHighWaterMark);
    const fetched = count(spoken.receiveCommand);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(count(spoken.receiveCommand)).toBe(fetched);
    expect((await read(socket, 300_000)).length).toBe(300_000);
  });

  test('TLS, verified, both ways', async () => {
    const { port, ca } = await tlsEcho();
    const { link } = await speaking(spoken);
    const secure = connect({ socket: link.connect('mail.test', port), servername: 'mail.test', ca });
    const sent = awkwardBytes(50_000);
    const echoed = read(secure, sent.length);
    await once(secure, 'secureConnect');
    expect(secure.authorized).toBe(true);
    secure.write(sent);
    expect((await echoed).equals(sent)).toBe(true);
  });
});
