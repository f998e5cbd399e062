import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { configuredReviver } from '../../src/cli/build/power.ts';
import { modem as modemConfig } from '../../src/cli/config/parts.ts';
import { memoryLine } from '../../src/modem/memory-line.ts';
import type { SerialLine } from '../../src/modem/serial-line.ts';
import { KEY, type PlayedGpio, playedGpio, script } from '../modem/power/played-gpio.ts';
import { quickClock } from '../support/quick-clock.ts';
import { temporaryDirectory } from '../support/room.ts';

const key = { line: KEY, activeLow: false, onSeconds: 0.2, offSeconds: 0.5 };
const MADE = {
  name: 'made',
  description: 'a board with a power key',
  modems: ['generic'],
  port: 'uart',
  deviceTree: [],
  power: { key, enable: null, reset: null, status: null, bootSeconds: 2 },
  sources: ['made up'],
};
const { signal } = new AbortController();

/** A line that answers while the played modem is on. */
function lineOf(played: PlayedGpio): SerialLine {
  const { line, far } = memoryLine('/dev/serial0');
  far.onData(() => void played.isOn().then((on) => on && far.write(Buffer.from('\r\nOK\r\n'))));
  return line;
}

async function reviverOf(written: object, played: PlayedGpio) {
  const config = modemConfig.parse({ port: '/dev/serial0', ...written });
  const boards = `${await temporaryDirectory()}/`;
  await writeFile(join(boards, 'made.json'), JSON.stringify(MADE));
  const parts = { clock: quickClock(4), log: silentLog, toolPath: played.path, boards };
  const reviver = await configuredReviver(config, parts);
  onTestFinished(async () => reviver?.[Symbol.asyncDispose]());
  return reviver;
}

test('board: its power key switches the modem on', async () => {
  const played = await playedGpio(2);
  const reviver = await reviverOf({ board: 'made' }, played);
  await reviver?.open(async () => lineOf(played), signal);
  expect(await played.done()).toEqual([`press ${KEY} high 0.2`]);
  expect(await played.isOn()).toBe(true);
});

test('power_command: its words go to the program one by one, and it goes before a board', async () => {
  const played = await playedGpio(2);
  const directory = await temporaryDirectory();
  const program = await script(
    join(directory, 'power'),
    `echo "$# $*" > '${directory}/told'; echo 1 > '${played.directory}/on'`,
  );
  const reviver = await reviverOf({ board: 'made', power_command: `${program} --hat x` }, played);
  await reviver?.open(async () => lineOf(played), signal);
  expect(await readFile(join(directory, 'told'), 'utf8')).toBe('3 --hat x on\n');
  expect(await played.done()).toEqual([]);
});

test('neither: nothing is switched', async () => {
  expect(await reviverOf({}, await playedGpio(2))).toBeUndefined();
});

test('a power_command that is no absolute path is said with its key', () => {
  const result = modemConfig.safeParse({ port: 'auto', power_command: 'gpio-on' });
  expect(result.error?.issues).toMatchObject([
    { path: ['power_command'], message: expect.stringContaining('absolute path') },
  ]);
});
