import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseProfile, loadProfile, parseProfile } from '../../../src/modem/profile.ts';
import { temporaryDirectory } from '../../support/room.ts';

const HARDWARE = join(import.meta.dirname, '../../../hardware/modems');

test('every profile that is shipped can be used', async () => {
  const files = await readdir(HARDWARE);
  expect(files.length).toBeGreaterThanOrEqual(10);
  for (const file of files) {
    const profile = await loadProfile(file.replace('.json', ''));
    const settings = profile.settings.map(({ set }) => set);
    expect(settings).toEqual(expect.arrayContaining(['AT+CMGF=0', 'AT+CNMI=2,1,0,0,0']));
    expect(settings.includes('AT+CLIP=1')).toBe(profile.voice);
    expect(profile.resetMarkers).toContain('RDY');
    expect(profile.sources.length).toBeGreaterThan(0);
  }
});

test.each([
  ['SIMCOM_SIM7600E-H', 'sim7600'],
  ['SIM7600G-H', 'sim7600'],
  ['A7670E-FASE', 'a7670'],
  ['SIMCOM_SIM868', 'sim800'],
  ['+CGMM: "SIM800L"', 'sim800'],
  ['EC25', 'ec25'],
  ['Quectel_EG25', 'ec25'],
  ['BG96', 'bg96'],
  ['SIMCOM_SIM7000E', 'sim7000'],
  ['SIM7080', 'sim7070'],
  ['SARA-U201', 'sara-u2'],
  ['SARA-R410M-02B', 'sara-r4'],
  ['MC7304', 'generic'],
  ['', 'generic'],
])('%j is driven as %s', async (model, name) => {
  expect((await chooseProfile(model)).name).toBe(name);
});

test('a profile that is not there names those that are', async () => {
  await expect(loadProfile('../sim800')).rejects.toThrow(
    /no modem profile "..\/sim800"; there are: .*generic/,
  );
});

test('what is wrong is told with file and key, all at once', async () => {
  const good = JSON.parse(await readFile(join(HARDWARE, 'generic.json'), 'utf8')) as Record<string, unknown>;
  const bad = { ...good, hangUp: [], models: ['('], smsStorages: ['sim'], speed: 9600 };
  const parse = () => parseProfile('/x/bad.json', JSON.stringify(bad));
  expect(parse).toThrow(expect.objectContaining({ code: 'bad-config' }));
  for (const part of [
    '/x/bad.json',
    'hangUp',
    'models.0: expected a regular',
    'smsStorages.0',
    'speed: unknown',
  ]) {
    expect(parse).toThrow(part);
  }
  expect(() => parseProfile('/x/bad.json', '{')).toThrow(/\/x\/bad\.json.*\n.*no JSON/);
});

test('a file is called as the profile in it', async () => {
  const directory = `${await temporaryDirectory()}/`;
  await copyFile(join(HARDWARE, 'generic.json'), join(directory, 'other.json'));
  await expect(loadProfile('other', directory)).rejects.toThrow('name: expected other');
  await writeFile(join(directory, 'broken.json'), '[]');
  await expect(loadProfile('broken', directory)).rejects.toThrow('broken.json');
});
