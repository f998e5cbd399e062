import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { codeOf } from '../../src/base/errors.ts';
import { openSerialLine } from '../../src/modem/serial-port-line.ts';
import { SimulatorError } from '../../src/simulator/errors.ts';
import { INSTANT_CONDITIONS } from '../../src/simulator/network/conditions.ts';
import { openPty } from '../../src/simulator/pty.ts';
import { startSimulation } from '../../src/simulator/simulate.ts';
import { temporaryDirectory } from '../support/room.ts';
import { ALICE, BOB, Terminal } from '../support/simulated-terminal.ts';

/** Runs the test; on a machine without pseudo terminals, it must be told so with the mend, and that is the test. */
async function onPty(work: () => Promise<void>): Promise<void> {
  const refusal = await openPty().then(
    (pty) => pty.close(),
    (error: unknown) => error,
  );
  if (!refusal) return work();
  expect(refusal).toBeInstanceOf(SimulatorError);
  expect(refusal).toMatchObject({
    code: 'no-pty',
    fields: { mend: expect.stringMatching(/mount|npm ci|sysctl/) },
  });
}

async function openPort(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: 115200, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  onTestFinished(() => closePort(port));
  return port;
}

async function closePort(port: SerialPort): Promise<void> {
  if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
}

function terminalOf(port: SerialPort): Terminal {
  return new Terminal({
    write: (bytes) => void port.write(bytes),
    onData: (listener) => {
      port.on('data', listener);
      return () => port.off('data', listener);
    },
  });
}

test('all bytes pass both ways unchanged, also a lot of them', () =>
  onPty(async () => {
    await using pty = await openPty();
    const port = await openPort(pty.path);
    const all = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const down: Buffer[] = [];
    const up: Uint8Array[] = [];
    port.on('data', (bytes: Buffer) => down.push(bytes));
    pty.onData((bytes) => up.push(bytes));
    port.write(all);
    await pty.write(all);
    await expect.poll(() => Buffer.concat(up)).toEqual(all);
    await expect.poll(() => Buffer.concat(down)).toEqual(all);
    const much = Buffer.alloc(300_000, all);
    down.length = 0;
    const writing = pty.write(much);
    await expect.poll(() => down.reduce((sum, part) => sum + part.length, 0)).toBe(much.length);
    await writing;
    expect(Buffer.concat(down).equals(much)).toBe(true);
  }));

test('a client may leave and another one come; closing hangs up and removes the link', () =>
  onPty(async () => {
    const link = join(await temporaryDirectory(), 'modem');
    const pty = await openPty({ link });
    expect(await readlink(link)).toBe(pty.device);
    const received: string[] = [];
    pty.onData((bytes) => received.push(Buffer.from(bytes).toString()));
    for (const text of ['first', 'second']) {
      const port = await openPort(link);
      port.write(text);
      await expect.poll(() => received.join('')).toContain(text);
      await closePort(port);
    }
    // Our own line, for serialport alone may read on for ever at a terminal that went away.
    await using last = await openSerialLine({ path: link, baudRate: 115200 });
    await pty.close();
    await expect(last.closed).resolves.toMatchObject({ code: 'line-closed' });
    await expect(lstat(link).catch(codeOf)).resolves.toBe('ENOENT');
    await pty.write(Buffer.from('nobody'));
  }));

test('where none can be made, the error names the mend', async () => {
  const directory = await temporaryDirectory();
  const refused = openPty({ multiplexer: join(directory, 'ptmx') });
  await expect(refused).rejects.toMatchObject({
    code: 'no-pty',
    fields: { mend: expect.stringContaining('mount -t devpts') },
  });
  await expect(openPty({ multiplexer: directory })).rejects.toThrow(/To mend it: /);
});

test('a simulation: two programs send each other messages through their serial ports', () =>
  onPty(async () => {
    const link = join(await temporaryDirectory(), 'gateway');
    await using simulation = await startSimulation({
      clock: systemClock,
      conditions: INSTANT_CONDITIONS,
      modems: [{ number: ALICE, link }, { number: BOB }],
    });
    expect(simulation.modems[0]?.path).toBe(link);
    const alice = terminalOf(await openPort(simulation.modems[0]!.path));
    const bob = terminalOf(await openPort(simulation.modems[1]!.path));
    await bob.command('ATE0+CNMI=2,1;+CMGF=1');
    await alice.command('ATE0+CMGF=1');
    alice.type(`AT+CMGS="${BOB}"\r`);
    await alice.until('> ');
    alice.type('over the wire\x1a');
    await alice.until('OK\r\n');
    await bob.until('+CMTI: "SM",0\r\n');
    expect(await bob.command('AT+CMGR=0')).toContain('\r\nover the wire\r\n');
  }));

test('what was started is undone when a later modem cannot be made', () =>
  onPty(async () => {
    const link = join(await temporaryDirectory(), 'modem');
    const twice = startSimulation({
      clock: systemClock,
      modems: [{ number: ALICE, link }, { number: ALICE }],
    });
    await expect(twice).rejects.toMatchObject({ code: 'number-taken' });
    await expect(lstat(link).catch(codeOf)).resolves.toBe('ENOENT');
  }));
