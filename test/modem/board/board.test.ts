import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadBoard, loadBoards, parseBoard } from '../../../src/modem/board.ts';
import { temporaryDirectory } from '../../support/room.ts';

const HARDWARE = join(import.meta.dirname, '../../../hardware/boards');
const FAMILIES = [
  ...['sim800', 'sim7600', 'a7670', 'sim7000', 'sim7070'],
  ...['ec25', 'bg96', 'sara-u2', 'sara-r4'],
];

const files = await readdir(HARDWARE);
const names = files.filter((file) => file.endsWith('.json')).map((file) => file.replace('.json', ''));

test('the boards of the requirements are there', () => {
  const waveshare = ['waveshare-sim7600x', 'waveshare-sim868', 'waveshare-sim7000x', 'waveshare-sim7070x'];
  const others = ['sixfab-base', 'sixfab-cellular-iot', 'adafruit-fona-sim800', 'uconsole-4g'];
  expect(names).toEqual(expect.arrayContaining([...waveshare, 'waveshare-a7670e', ...others]));
});

test('all are loaded at once', async () => {
  expect((await loadBoards()).map(({ name }) => name)).toEqual([...names].sort());
});

describe.each(names)('%s', (name) => {
  test('can be used, with modems that have a profile', async () => {
    const { modems } = await loadBoard(name);
    for (const modem of modems) expect(FAMILIES).toContain(modem);
  });

  test('no line of it has two tasks, and none is a line of its UART', async () => {
    const { power, port } = await loadBoard(name);
    const tasks = [power?.key, power?.enable, power?.reset, power?.status];
    const lines = tasks.flatMap((task) => (task ? [task.line] : []));
    expect(new Set(lines).size).toBe(lines.length);
    if (port === 'uart') expect(lines).not.toEqual(expect.arrayContaining([expect.toBeOneOf([14, 15])]));
  });

  test('a key has times that switch on and off', async () => {
    const key = (await loadBoard(name)).power?.key;
    if (key) expect(key.offSeconds).toBeGreaterThanOrEqual(key.onSeconds);
  });
});

test.each([
  ['waveshare-sim7600x', { line: 6, activeLow: false }],
  ['waveshare-sim868', { line: 4, activeLow: true }],
  ['waveshare-sim7000x', { line: 4, activeLow: false }],
  ['sixfab-cellular-iot', { line: 24, activeLow: false }],
])('the power key of %s', async (name, key) => {
  expect((await loadBoard(name)).power?.key).toMatchObject(key);
});

test('a board that is not there names those that are', async () => {
  await expect(loadBoard('../modems/sim800')).rejects.toThrow(
    /no board "..\/modems\/sim800"; there are: .*sixfab/,
  );
});

test('what is wrong is told with file and key, all at once', async () => {
  const good = JSON.parse(await readFile(join(HARDWARE, 'uconsole-4g.json'), 'utf8')) as {
    power: Record<string, unknown>;
  };
  const key = { line: 40, activeLow: 0, onSeconds: 1, offSeconds: 3, pin: 18 };
  const bad = { ...good, port: 'i2c', deviceTree: ['('], power: { ...good.power, key, ring: null } };
  const parse = () => parseBoard('/x/bad.json', JSON.stringify({ ...bad, speed: 9600 }));
  expect(parse).toThrow(expect.objectContaining({ code: 'bad-config' }));
  const wrong = ['port', 'deviceTree.0: expected a regular', 'power.key.line', 'power.key.activeLow'];
  const unknown = ['power.key.pin', 'power.ring', 'speed'].map((one) => `${one}: unknown key`);
  for (const part of ['/x/bad.json', ...wrong, ...unknown]) expect(parse).toThrow(part);
});

test('a file is called as the board in it', async () => {
  const directory = `${await temporaryDirectory()}/`;
  await copyFile(join(HARDWARE, 'uconsole-4g.json'), join(directory, 'other.json'));
  await expect(loadBoard('other', directory)).rejects.toThrow('name: expected other');
});
