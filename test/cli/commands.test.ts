import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { ringpost } from '../support/ringpost.ts';
import { temporaryDirectory } from '../support/room.ts';

test('the overview names every command, and nothing typed is wrong usage', async () => {
  const { code, out } = await ringpost();
  expect(code).toBe(2);
  for (const [name, { summary }] of Object.entries(commands))
    expect(out).toContain(`${name.padEnd(11)}${summary}`.trim());
});

test.each([
  [['sinc'], /there is no command "sinc"; commands: demo, server/],
  [['simulate', '--modem', '2'], /Unknown option '--modem'/],
  [['simulate', '--modems', 'many'], /--modems: expected a count of 1 to 16, found "many"/],
  [['device'], /--config FILE is needed/],
  [['doctor', '--config', '/nowhere/device.toml'], /\/nowhere\/device.toml/],
])('ringpost %j is wrong usage, said in a line', async (words, message) => {
  const { code, err } = await ringpost(...words);
  expect(code).toBe(2);
  expect(err).toMatch(message);
  expect(err).not.toContain('    at ');
});

test('a broken configuration: every error at once, with file and key; one that others can read: the mend', async () => {
  const room = await temporaryDirectory();
  const file = join(room, 'device.toml');
  const state = join(room, 'not-there-yet');
  const text = `state = "${state}"\ndevice = "Pocket 1"\nmaill = "/x"\n[modem]\nport = "ttyS0"\nbaud = "fast"\n`;
  await writeFile(file, text, { mode: 0o600 });
  const broken = await ringpost('device', '--config', file);
  expect(broken.code).toBe(2);
  for (const part of [
    file,
    'device',
    'a-z, 0-9',
    'maill',
    'modem.port',
    'absolute path',
    'modem.baud',
    'imap',
  ]) {
    expect(broken.err).toContain(part);
  }
  await chmod(file, 0o644);
  const open = await ringpost('device', '--config', file);
  expect(open.code).toBe(2);
  expect(open.err).toContain(`chmod 600 ${file}`);
  // Whoever only reads a configuration may not be allowed to make anything.
  expect(await readdir(room)).toEqual(['device.toml']);
});

test('what the system refuses is said in its words, in one line', async () => {
  const room = await temporaryDirectory();
  const file = join(room, 'device.toml');
  await writeFile(file, `state = "${file}/state"\n`, { mode: 0o600 });
  const { code, err } = await ringpost('device', '--config', file);
  expect(code).toBe(1);
  expect(err).toBe(`ringpost: ENOTDIR: not a directory, open '${file}/state/enrolment.json'\n`);
});
