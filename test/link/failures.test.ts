import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openSocketsLink } from '../../src/link/sockets-link.ts';
import { dialectModem, linked, listening, until } from './room.ts';

const never = new AbortController().signal;

function opening(quirks = {}, apn?: { name: string; user?: string; password?: string }) {
  const { modem, channel, clock } = dialectModem(quirks);
  const options = { channel, clock, log: silentLog, dialect: 'sim7600' as const, ...(apn ? { apn } : {}) };
  return { modem, channel, open: (signal = never) => openSocketsLink(options, signal) };
}

describe('opening the session', () => {
  test('sets the access point, the receive mode, and opens the network', async () => {
    const { modem, open } = opening({}, { name: 'internet', user: 'me', password: 'secret' });
    const link = await open();
    expect(modem.commands).toEqual([
      'AT+NETOPEN?',
      'AT+CGDCONT?',
      'AT+CGDCONT=1,"IP","internet"',
      'AT+CGAUTH=1,1,"secret","me"',
      'AT+CIPMODE=0',
      'AT+CIPSENDMODE=0',
      'AT+CIPRXGET=1',
      'AT+NETOPEN',
    ]);
    await link[Symbol.asyncDispose]();
  });

  test('an access point that is set already is not written again', async () => {
    const { modem, open } = opening({}, { name: 'old.apn' });
    const link = await open();
    expect(modem.count('AT+CGDCONT=')).toBe(0);
    await link[Symbol.asyncDispose]();
  });

  test('a session that a crash left open is closed first', async () => {
    const { modem, open } = opening({ open: true });
    const link = await open();
    expect(modem.commands.filter((text) => text.startsWith('AT+NET'))).toEqual([
      'AT+NETOPEN?',
      'AT+NETCLOSE',
      'AT+NETOPEN',
    ]);
    await link[Symbol.asyncDispose]();
  });

  test('a refused network says why', async () => {
    const { open, modem } = opening({ netopen: 1 });
    await expect(open()).rejects.toMatchObject({
      name: 'LinkError',
      code: 'link-refused',
      temporary: true,
      message: 'AT+NETOPEN: error 1 (network failure)',
    });
    await until(() => modem.commands.at(-1) === 'AT+NETCLOSE');
  });

  test('an access point that would break out of its command is refused', async () => {
    const { open, modem } = opening({}, { name: 'x"\rAT+CPWROFF' });
    await expect(open()).rejects.toMatchObject({ code: 'link-refused' });
    expect(modem.commands.join()).not.toContain('CPWROFF');
    expect(modem.count('AT+CGDCONT=')).toBe(0);
  });

  test('an abort ends it with the reason of the signal', async () => {
    const cancel = new AbortController();
    const { open, modem } = opening({ undecided: true });
    const reason = new Error('no time');
    const link = open(cancel.signal);
    await until(() => modem.commands.at(-1) === 'AT+NETOPEN');
    cancel.abort(reason);
    await expect(link).rejects.toBe(reason);
    await until(() => modem.commands.at(-1) === 'AT+NETCLOSE');
  });
});

describe('a connection that fails', () => {
  const failure = async (socket: NodeJS.EventEmitter) => (await once(socket, 'error'))[0];

  test('nobody listens there', async () => {
    const { link } = await linked();
    const port = await listening(() => {});
    const { link: other } = await linked();
    const error = await failure(link.connect('127.0.0.1', 1));
    expect(error).toMatchObject({
      name: 'LinkError',
      code: 'connect-refused',
      message: '127.0.0.1:1: cannot connect: error 1 (network failure)',
    });
    await once(other.connect('127.0.0.1', port), 'connect');
  });

  test('a name that is not found', async () => {
    const { link } = await linked();
    const error = await failure(link.connect('mail.invalid', 993));
    expect(error).toMatchObject({ code: 'name-not-found', temporary: true });
  });

  test.each([
    ['a"\rATD112;', 25],
    ['mail.example', 0],
    ['mail.example', 70_000],
  ])('an address that no command may carry: %j %i', async (host, port) => {
    const { link, modem } = await linked();
    const error = await failure(link.connect(host, port));
    expect(error).toMatchObject({ code: 'connect-refused' });
    expect(modem.count('AT+CIPOPEN')).toBe(0);
  });

  test('an abort while it connects; the connection is closed in the modem', async () => {
    const port = await listening(() => {});
    const { link, modem } = await linked();
    const cancel = new AbortController();
    const socket = link.connect('127.0.0.1', port, { signal: cancel.signal });
    cancel.abort();
    expect(await failure(socket)).toMatchObject({ code: 'connect-refused' });
    await until(() => modem.count('AT+CIPCLOSE=0') === 1);
  });

  test('a signal that has fired already: the modem hears nothing of it', async () => {
    const { link, modem } = await linked();
    const socket = link.connect('127.0.0.1', 25, { signal: AbortSignal.abort() });
    expect(await failure(socket)).toMatchObject({
      code: 'connect-refused',
      message: '127.0.0.1:25: cannot connect: aborted',
    });
    expect(modem.count('AT+CIPOPEN')).toBe(0);
  });

  test('a modem that takes only part of a send: the connection is of no more use', async () => {
    const port = await listening((socket) => socket.resume());
    const { link } = await linked({ takes: 3 });
    const socket = link.connect('127.0.0.1', port);
    socket.write('longer');
    expect(await failure(socket)).toMatchObject({
      code: 'connection-lost',
      message: 'AT+CIPSEND=0,6: the modem took 3 of 6 bytes',
    });
  });

  test('reset by the other side', async () => {
    const port = await listening((socket) => socket.resume());
    const { link, modem } = await linked();
    const socket = link.connect('127.0.0.1', port);
    await once(socket, 'connect');
    socket.resume();
    modem.say('+IPCLOSE: 0,3');
    expect(await failure(socket)).toMatchObject({
      code: 'connection-lost',
      message: expect.stringContaining('reset by the other side'),
    });
  });
});

describe('the session is lost', () => {
  const ways: readonly [string, (room: Awaited<ReturnType<typeof linked>>) => void][] = [
    ['the network closes', ({ modem }) => modem.say('+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY')],
    ['the modem starts again', ({ modem }) => modem.say('RDY')],
    ['the port vanishes', ({ far }) => far.close(new Error('unplugged'))],
  ];

  test.each(ways)('%s: every connection ends with link-lost', async (_name, lose) => {
    const port = await listening((socket) => socket.resume());
    const room = await linked();
    const sockets = [1, 2].map(() => room.link.connect('127.0.0.1', port));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const errors = Promise.all(sockets.map((socket) => once(socket, 'error')));
    lose(room);
    for (const [error] of await errors) {
      expect(error).toMatchObject({ name: 'LinkError', code: 'link-lost', temporary: true });
    }
    expect(await room.link.closed).toMatchObject({ code: 'link-lost' });
    const [late] = await once(room.link.connect('127.0.0.1', port), 'error');
    expect(late).toMatchObject({ code: 'link-lost' });
  });

  test('disposing ends every connection without an error', async () => {
    const port = await listening((socket) => socket.resume());
    const { link } = await linked();
    const socket = link.connect('127.0.0.1', port);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await link[Symbol.asyncDispose]();
    await closed;
    expect(socket.errored).toBeNull();
    expect(await link.closed).toBeUndefined();
  });
});
