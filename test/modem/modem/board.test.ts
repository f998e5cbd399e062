import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseBoard, loadBoard, loadBoards, parseBoard } from '../../../src/modem/board.ts';
import { loadProfiles } from '../../../src/modem/profile.ts';
import { temporaryDirectory } from '../../support/room.ts';

const HARDWARE = join(import.meta.dirname, '../../../hardware/boards');

/** A profile for each family of D2, by name; a board may name one that is still being written. */
const FAMILIES = [
  'sim800',
  'sim7600',
  'a7670',
  'sim7000',
  'sim7070',
  'ec25',
  'bg96',
  'sara-u2',
  'sara-r4',
  'generic',
];

test('every board that is shipped can be used, and names profiles that there are', async () => {
  const files = (await readdir(HARDWARE)).filter((file) => file.endsWith('.json'));
  const boards = await loadBoards();
  expect(boards.map(({ name }) => `${name}.json`)).toEqual(files.sort());
  const profiles = new Set([...FAMILIES, ...(await loadProfiles()).map(({ name }) => name)]);
  for (const { name, modems } of boards) {
    for (const one of modems) expect(profiles, `${name}: modem ${one}`).toContain(one);
  }
});

test('a press that is to switch on is too short to switch off, where the two differ', async () => {
  for (const { name, power } of await loadBoards()) {
    if (power?.key) expect(power.key.onSeconds, name).toBeLessThanOrEqual(power.key.offSeconds);
  }
});

test('lines of the boards in use are where their makers say', async () => {
  const line = async (name: string) => (await loadBoard(name)).power;
  expect(await line('waveshare-sim7600x')).toMatchObject({ key: { line: 6, activeLow: false } });
  expect(await line('waveshare-sim7070x')).toMatchObject({ key: { line: 4, activeLow: false } });
  expect(await line('sixfab-cellular-iot')).toMatchObject({
    key: { line: 24 },
    enable: { line: 17, activeLow: true },
    status: { line: 23, activeLow: true },
  });
  expect(await line('uconsole-4g')).toMatchObject({ key: { line: 24 }, reset: { line: 15 } });
});

test.each([
  ['ClockworkPi uConsole CM4\0', 'uconsole-4g'],
  ['Sixfab Cellular IoT HAT', 'sixfab-cellular-iot'],
  ['Sixfab Base HAT', 'sixfab-base'],
  ['Raspberry Pi 4 Model B Rev 1.4\0', undefined],
  ['', undefined],
])('the device tree %j is %s', async (text, name) => {
  expect((await chooseBoard(text))?.name).toBe(name);
});

test('a board that is not there names those that are; a file is called as the board in it', async () => {
  await expect(loadBoard('../x')).rejects.toThrow(/no board "..\/x"; there are: .*uconsole-4g/);
  const directory = `${await temporaryDirectory()}/`;
  await copyFile(join(HARDWARE, 'uconsole-4g.json'), join(directory, 'other.json'));
  await expect(loadBoard('other', directory)).rejects.toThrow(/name: expected other/);
});

test('what is wrong is told with file and key, all at once', async () => {
  const good = JSON.parse(await readFile(join(HARDWARE, 'uconsole-4g.json'), 'utf8'));
  const check = (change: object) => () => parseBoard('/x/b.json', JSON.stringify({ ...good, ...change }));
  expect(check({})).not.toThrow();
  const bad = check({ port: 'i2c', deviceTree: ['('], modems: [], wires: 4 });
  for (const part of ['/x/b.json', 'port', 'deviceTree.0: expected a regular', 'modems', 'wires: unknown']) {
    expect(bad).toThrow(part);
  }
  const none = { key: null, enable: null, reset: null };
  expect(check({ power: { ...good.power, ...none } })).toThrow('power: expected a key, enable or reset');
  expect(check({ power: { ...good.power, status: { line: 24, activeLow: false } } })).toThrow(
    'power: expected a line of its own',
  );
  expect(check({ power: { ...good.power, key: { ...good.power.key, line: 40 } } })).toThrow('power.key.line');
});
