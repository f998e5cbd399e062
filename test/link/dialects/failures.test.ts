import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { listening, until } from '../room.ts';
import { modemOf, SPOKEN, speaking } from './room.ts';

const failure = async (socket: NodeJS.EventEmitter) => (await once(socket, 'error'))[0];

/** Resolves when it is up; what becomes of it later is none of the test's business. */
async function up(socket: NodeJS.EventEmitter): Promise<void> {
  await once(socket, 'connect');
  socket.on('error', () => {});
}

describe.each(SPOKEN)('a session over $dialect', (spoken) => {
  test('is opened by the commands of the manual, and closed by them; nothing stays open', async () => {
    const far: Socket[] = [];
    const port = await listening((socket) => far.push(socket.resume()));
    const apn = { name: 'internet', user: 'me', password: 'secret' };
    const { link, commands } = await speaking(spoken, { apn });
    expect(commands).toEqual(spoken.opening);
    const sockets = [1, 2].map(() => link.connect('mail.test', port));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const over = Promise.all(far.map((socket) => once(socket, 'end')));
    await link[Symbol.asyncDispose]();
    await over;
    expect(commands.at(-1)).toBe(spoken.closing);
    expect(sockets.map((socket) => [socket.closed, socket.errored])).toEqual([
      [true, null],
      [true, null],
    ]);
    expect(await link.closed).toBeUndefined();
  });

  test('another one after it, and after one that was left open', async () => {
    const port = await listening((socket) => socket.end('hello'));
    const room = modemOf(spoken);
    const first = await room.open();
    await first[Symbol.asyncDispose]();
    const leftOpen = await room.open();
    await up(leftOpen.connect('mail.test', port));
    const link = await room.open();
    await up(link.connect('mail.test', port));
    await link[Symbol.asyncDispose]();
  });

  test('the network does not let it: said with the command', async () => {
    const { modem, open, commands } = modemOf(spoken);
    modem.setRegistration(3);
    await expect(open()).rejects.toMatchObject({ name: 'LinkError', code: 'link-refused', temporary: true });
    await until(() => commands.at(-1) === spoken.closing);
  });

  test('the network drops it: every connection ends with link-lost, and the next session opens', async () => {
    const port = await listening((socket) => socket.resume());
    const room = await speaking(spoken);
    const sockets = [1, 2].map(() => room.link.connect('mail.test', port));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const errors = Promise.all(sockets.map(failure));
    room.modem.loseCarrier();
    for (const error of await errors) expect(error).toMatchObject({ name: 'LinkError', code: 'link-lost' });
    expect(await room.link.closed).toMatchObject({ code: 'link-lost', temporary: true });
    expect(await failure(room.link.connect('mail.test', port))).toMatchObject({ code: 'link-lost' });
    const again = await room.open();
    await up(again.connect('mail.test', port));
    await again[Symbol.asyncDispose]();
  });
});

test.each(SPOKEN.filter(({ opening, closing }) => opening[0] === closing))(
  '$dialect: whoever gives up does not wait for the end of an old session',
  async (spoken) => {
    const { open, over, count } = modemOf(spoken);
    const [name = ''] = spoken.closing.split('=');
    over[name] = (_, answer) => answer.withoutFinal();
    const cancel = new AbortController();
    const opening = open(cancel.signal);
    await until(() => count(spoken.closing) === 1);
    cancel.abort(new Error('no time'));
    await expect(opening).rejects.toThrow('no time');
  },
);

describe.each(SPOKEN)('a connection over $dialect that fails', (spoken) => {
  test('nobody listens there, and the name is not found: each as it is; numbers are free again', async () => {
    const port = await listening((socket) => socket.end('hello'));
    const { link } = await speaking(spoken);
    for (let tries = 0; tries < spoken.connections; tries += 1) {
      expect(await failure(link.connect('127.0.0.1', 1))).toMatchObject({
        name: 'LinkError',
        code: 'connect-refused',
        message: `127.0.0.1:1: cannot connect: ${spoken.refused}`,
      });
    }
    expect(await failure(link.connect('mail.test', 1))).toMatchObject({ code: 'connect-refused' });
    expect(await failure(link.connect('nowhere.test', port))).toMatchObject({
      code: 'name-not-found',
      temporary: true,
      message: `nowhere.test:${port}: cannot connect: ${spoken.unknown}`,
    });
    await up(link.connect('mail.test', port));
  });

  test('an abort while it connects: the connection is closed in the modem, and its number is free', async () => {
    const far: Socket[] = [];
    const port = await listening((socket) => far.push(socket.resume()));
    const { link, count } = await speaking(spoken);
    const cancels = Array.from({ length: spoken.connections }, () => new AbortController());
    const sockets = cancels.map(({ signal }) => link.connect('mail.test', port, { signal }));
    const errors = Promise.all(sockets.map(failure));
    for (const cancel of cancels) cancel.abort();
    for (const error of await errors) expect(error).toMatchObject({ code: 'connect-refused' });
    await until(() => cancels.every((_, id) => count(spoken.close(id)) === 1));
    await until(() => far.length === cancels.length && far.every((socket) => socket.readableEnded));
    await up(link.connect('mail.test', port));
  });

  test('no prompt comes: that connection is lost, and the others go on', async () => {
    const clock = new SimulatedClock();
    const port = await listening((socket) => socket.pipe(socket));
    const { link, over } = await speaking(spoken, { clock });
    const socket = link.connect('mail.test', port);
    const other = link.connect('mail.test', port);
    await Promise.all([once(socket, 'connect'), once(other, 'connect')]);
    let asked = false;
    over[spoken.sendCommand] = (_, answer) => {
      asked = true;
      answer.withoutFinal();
    };
    const error = failure(socket);
    socket.write('lost');
    await until(() => asked);
    delete over[spoken.sendCommand];
    await clock.advance(61_000);
    expect(await error).toMatchObject({ name: 'LinkError', code: 'connection-lost', temporary: true });
    other.write('kept');
    await clock.advance(10_000);
    expect(String((await once(other, 'data'))[0])).toBe('kept');
  });

  test('the modem refuses a send: the connection is lost with a LinkError', async () => {
    const port = await listening((socket) => socket.resume());
    const { link, over } = await speaking(spoken);
    const socket = link.connect('mail.test', port);
    await once(socket, 'connect');
    over[spoken.sendCommand] = () => {
      throw new Error('out of order');
    };
    const error = failure(socket);
    socket.write('x');
    expect(await error).toMatchObject({ name: 'LinkError', code: 'connection-lost' });
  });
});
