import { appendFile, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import { loggedLine, openSerialLog, type SerialLogOptions } from '../../../src/modem/serial-log.ts';
import { followSerialLog, formatSerialLine } from '../../../src/modem/serial-log-follow.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { framed, ScriptedModem } from './script.ts';

async function logging(options: Partial<SerialLogOptions> = {}) {
  const clock = new SimulatedClock(Date.UTC(2026, 2, 3, 4, 5, 6));
  const path = join(await temporaryDirectory(), 'serial.log');
  const sink = openSerialLog({ path, clock, log: silentLog, ...options });
  onTestFinished(() => sink[Symbol.asyncDispose]());
  const { line, far } = memoryLine('port');
  const entries = async () => {
    await sink.flushed();
    const text = await readFile(path, 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one) as Record<string, string>);
  };
  return { clock, path, sink, line: loggedLine(line, sink), far, entries };
}

test('what a channel says and hears is in the file, one JSON line each, readable by the owner only', async () => {
  const { clock, path, line, far, entries } = await logging();
  const modem = new ScriptedModem(far, clock, [
    { expect: 'AT+CPIN="1234"\r', after: 1500, reply: framed('+CPIN: READY', 'OK') },
  ]);
  modem.say('\r\nRDY\r\n');
  const channel = openAtChannel({ line, clock, log: silentLog });
  const urcs: string[] = [];
  channel.onUrc((urc) => urcs.push(urc));
  const unlocked = channel.command('AT+CPIN="1234"', { shown: 'AT+CPIN=…' });
  await clock.advance(1600);
  await unlocked;
  expect(urcs).toEqual(['RDY']);
  expect(await entries()).toEqual([
    { at: '2026-03-03T04:05:06.000Z', dir: '<', text: 'RDY', means: 'the modem has started' },
    { at: '2026-03-03T04:05:06.000Z', dir: '>', text: 'AT+CPIN=[secret]', means: 'SIM PIN' },
    { at: '2026-03-03T04:05:07.500Z', dir: '<', text: '+CPIN: READY', means: 'SIM PIN' },
    { at: '2026-03-03T04:05:07.500Z', dir: '<', text: 'OK' },
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).not.toContain('1234');
});

test('the raw bytes are there only when asked for', async () => {
  const { line, entries } = await logging({ raw: true });
  await line.write(Buffer.from('AT+CPIN="1234"\r'));
  expect(await entries()).toMatchObject([
    { text: 'AT+CPIN=[secret]', raw: Buffer.from('AT+CPIN="1234"\r').toString('hex') },
  ]);
});

test('the file is capped: a full one becomes the old one', async () => {
  const { line, sink, path } = await logging({ maxBytes: 2000 });
  for (let count = 0; count < 100; count += 1) {
    await line.write(Buffer.from(`AT+TEST=${count}\r`));
    await sink.flushed();
  }
  const [now, old] = await Promise.all([stat(path), stat(`${path}.1`)]);
  expect(now.size).toBeLessThanOrEqual(2000);
  expect(old.size).toBeLessThanOrEqual(2000);
  expect(await readFile(path, 'utf8')).toContain('AT+TEST=99');
});

test('a log that cannot be written does not disturb the line', async () => {
  const { line, far } = await logging({ path: '/proc/nothing/serial.log' });
  const heard: string[] = [];
  far.onData((bytes) => heard.push(Buffer.from(bytes).toString()));
  await line.write(Buffer.from('AT\r'));
  await Promise.resolve();
  expect(heard).toEqual(['AT\r']);
});

test('following: the last lines, then what comes, across a rotation, until the signal', async () => {
  const path = join(await temporaryDirectory(), 'serial.log');
  const entry = (text: string) => `${JSON.stringify({ at: '2026-03-03T04:05:06.007Z', dir: '<', text })}\n`;
  await writeFile(path, entry('one') + entry('two') + entry('three'));
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const lines: string[] = [];
  const following = (async () => {
    for await (const line of followSerialLog(path, stop.signal, { clock, history: 2 })) {
      lines.push(line.slice(13));
    }
  })();
  const seen = async (count: number) => {
    while (lines.length < count) await clock.advance(200);
  };
  await seen(2);
  await appendFile(path, entry('four').slice(0, 20));
  await clock.advance(400);
  await appendFile(path, entry('four').slice(20));
  await seen(3);
  await appendFile(path, entry('last of the old'));
  await rename(path, `${path}.1`);
  await clock.advance(400);
  await writeFile(path, entry('first of the new'));
  await seen(5);
  stop.abort();
  await following;
  expect(lines).toEqual(['< two', '< three', '< four', '< last of the old', '< first of the new']);
});

test('a line for people', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString();
  expect(formatSerialLine(JSON.stringify({ at, dir: '>', text: 'AT+CSQ', means: 'signal quality' }))).toBe(
    `03:04:05.006 > ${'AT+CSQ'.padEnd(36)}  signal quality`,
  );
  expect(formatSerialLine(JSON.stringify({ at, dir: '<', text: 'OK' }))).toBe('03:04:05.006 < OK');
  expect(formatSerialLine('not of this log')).toBe('not of this log');
});
