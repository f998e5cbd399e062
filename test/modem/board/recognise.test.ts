import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadBoard, recogniseBoard } from '../../../src/modem/board.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { madeRoot } from '../ports/tree.ts';

const MODEL = 'proc/device-tree/model';
const PRODUCT = 'proc/device-tree/hat/product';

/** Two boards: one is told by the HAT, the other by the machine and, in more letters, by its HAT. */
async function boards() {
  const directory = `${await temporaryDirectory()}/`;
  const { sources, ...one } = await loadBoard('sixfab-base');
  const write = (name: string, deviceTree: string[]) =>
    writeFile(join(directory, `${name}.json`), JSON.stringify({ ...one, sources, name, deviceTree }));
  await write('acme', ['Acme']);
  await write('pocket', ['^Pocket Computer', 'Acme Radio [0-9]+']);
  await write('untold', []);
  return directory;
}

test.each([
  [{ [PRODUCT]: 'Acme HAT\0' }, 'acme'],
  [{ [MODEL]: 'Pocket Computer Rev 2\0' }, 'pocket'],
  [{ [MODEL]: 'Raspberry Pi 4 Model B Rev 1.4\0', [PRODUCT]: 'Acme Radio 12\0' }, 'pocket'],
  [{ [MODEL]: 'Raspberry Pi 4 Model B Rev 1.4\0' }, undefined],
  [{}, undefined],
])('%j is %s', async (files: Readonly<Record<string, string>>, name) => {
  expect((await recogniseBoard(await madeRoot([], files), await boards()))?.name).toBe(name);
});

test('of the boards that are shipped, one with an EEPROM is recognised', async () => {
  const root = await madeRoot([], { [MODEL]: 'Raspberry Pi 4 Model B\0', [PRODUCT]: 'Sixfab Base HAT\0' });
  expect((await recogniseBoard(root))?.name).toBe('sixfab-base');
});
