import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { codeOf } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { openSocketsLink } from '../../src/link/sockets-link.ts';
import { openAtChannel } from '../../src/modem/channel.ts';
import { memoryLine } from '../../src/modem/memory-line.ts';
import type { SerialLine } from '../../src/modem/serial-line.ts';
import { openSerialLine } from '../../src/modem/serial-port-line.ts';
import type { BytePort } from '../../src/simulator/byte-port.ts';
import { INSTANT_CONDITIONS } from '../../src/simulator/network/conditions.ts';
import { CellularNetwork } from '../../src/simulator/network.ts';
import { openPty } from '../../src/simulator/pty.ts';
import { simulateModem } from '../../src/simulator/simulated-modem/modem.ts';
import { drained, listening } from './room.ts';

function owned<T extends AsyncDisposable>(one: T): T {
  onTestFinished(() => one[Symbol.asyncDispose]());
  return one;
}

/** A link over a simulated SIM7600 behind this port; latency and bandwidth of the line and the air are nil. */
async function linkedTo(port: BytePort, line: SerialLine) {
  const clock = systemClock;
  const hosts = { 'mail.test': '127.0.0.1' };
  const network = owned(new CellularNetwork({ clock, hosts, conditions: INSTANT_CONDITIONS }));
  const instant = { baudRate: Number.POSITIVE_INFINITY, commandLatencyMs: 0 };
  const modem = owned(simulateModem({ port, network, number: '+4915100000001', clock, ...instant }));
  const channel = owned(openAtChannel({ line, clock, log: silentLog }));
  const options = { channel, clock, log: silentLog, dialect: 'sim7600' as const, apn: { name: 'internet' } };
  const link = owned(await openSocketsLink(options, new AbortController().signal));
  return { modem, channel, link };
}

function inMemory() {
  const { line, far } = memoryLine('memory');
  return linkedTo(far, line);
}

/** A port as a program sees it, or undefined where this machine makes none. */
async function onTerminal() {
  const pty = await openPty().catch((error: unknown) => {
    if (codeOf(error) !== 'no-pty') throw error;
    return undefined;
  });
  if (!pty) return undefined;
  owned(pty);
  const line = owned(await openSerialLine({ path: pty.path, baudRate: 115_200 }));
  return { ...(await linkedTo(pty, line)), line, pty };
}

describe.each([
  ['in memory', inMemory],
  ['on a terminal, through npm serialport', async () => (await onTerminal()) ?? inMemory()],
])('a simulated SIM7600, %s', (_name, open) => {
  test('four connections at once, any bytes, by name, closed by the other side', async () => {
    const size = 20_000;
    const port = await listening((socket) => {
      let length = 0;
      socket.on('data', (chunk) => {
        length += chunk.length;
        socket.write(chunk);
        if (length === size) socket.end();
      });
    });
    const { link } = await open();
    const bytes = Buffer.from(Array.from({ length: size }, (_, index) => (index * 11) % 256));
    const all = [1, 2, 3, 4].map((_one) => {
      const socket = link.connect('mail.test', port);
      socket.write(bytes);
      return drained(socket);
    });
    for (const got of await Promise.all(all)) expect(got.equals(bytes)).toBe(true);
    expect(link.cost()).toMatchObject({ bytesUp: 4 * size, bytesDown: 4 * size });
  });

  test('refused, unknown, lost; the channel stays usable for other commands', async () => {
    const port = await listening((socket) => socket.resume());
    const { link, modem, channel } = await open();
    const [unknown] = await once(link.connect('nowhere.test', port), 'error');
    expect(unknown).toMatchObject({ code: 'name-not-found' });
    const [refused] = await once(link.connect('mail.test', 1), 'error');
    expect(refused).toMatchObject({ code: 'connect-refused' });
    const socket = link.connect('mail.test', port);
    await once(socket, 'connect');
    expect((await channel.command('AT+CSQ')).lines).toHaveLength(1);
    const lost = once(socket, 'error');
    modem.loseCarrier();
    expect((await lost)[0]).toMatchObject({ code: 'link-lost' });
    expect((await channel.command('AT+CSQ')).lines).toHaveLength(1);
  });
});

test('a terminal that goes away is reported, and a write to it rejects', async () => {
  const room = await onTerminal();
  if (!room) return;
  expect(room.line.setDtr).toBeUndefined();
  await room.pty.close();
  expect(await room.line.closed).toMatchObject({ name: 'ModemError', code: 'line-closed' });
  await expect(room.line.write(Buffer.from('AT\r'))).rejects.toMatchObject({ code: 'line-closed' });
  expect(await room.link.closed).toMatchObject({ code: 'link-lost' });
});

test('a port that is not there: path and cause in the error', async () => {
  await expect(openSerialLine({ path: '/dev/ttyNOT', baudRate: 9600 })).rejects.toMatchObject({
    name: 'ModemError',
    code: 'line-unavailable',
    fields: { path: '/dev/ttyNOT' },
    message: expect.stringContaining('/dev/ttyNOT'),
  });
});

test('a port is opened once at a time; an abort closes what was opened', async () => {
  const room = await onTerminal();
  if (!room) return;
  const again = openSerialLine({ path: room.pty.path, baudRate: 115_200 });
  await expect(again).rejects.toMatchObject({ code: 'line-unavailable', temporary: true });
  await room.line.close();
  const cancel = new AbortController();
  const line = openSerialLine({ path: room.pty.path, baudRate: 115_200 }, cancel.signal);
  cancel.abort(new Error('enough'));
  await expect(line).rejects.toThrow('enough');
});

test('closing a port of our own will is no loss', async () => {
  const room = await onTerminal();
  if (!room) return;
  await room.line.close();
  expect(await room.line.closed).toBeUndefined();
});
