import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import { BUILT, openTimeKeeper } from '../../src/device/state/time.ts';
import { temporaryDirectory } from '../support/room.ts';
import { REPOSITORY } from './install-map.ts';

const SCRIPT = join(REPOSITORY, 'hardware/systemd/ringpost-clock');
const CEILING = BUILT + 5 * 365 * 86_400_000;
const NOW = BUILT / 1000 + 1000;

/** Runs the script beside a `date` that shows NOW; resolves with what the clock was set to. */
async function setsTo(content: string, { ntp = false } = {}): Promise<string | undefined> {
  const room = await temporaryDirectory();
  const set = join(room, 'set');
  await writeFile(
    join(room, 'date'),
    `#!/bin/sh\ncase "$*" in\n  +%s) echo ${NOW} ;;\n  *) echo "$*" >'${set}' ;;\nesac\n`,
  );
  await chmod(join(room, 'date'), 0o755);
  await writeFile(join(room, 'time.json'), content);
  if (ntp) await writeFile(join(room, 'synchronized'), '');
  await promisify(execFile)(SCRIPT, {
    env: {
      PATH: `${room}:${process.env.PATH}`,
      RINGPOST_TIME: join(room, 'time.json'),
      RINGPOST_NTP: join(room, 'synchronized'),
    },
  });
  return await readFile(set, 'utf8').catch(() => undefined);
}

test('what the agent stores is what the clock is set to', async () => {
  const room = await temporaryDirectory();
  const time = await openTimeKeeper(room, new SimulatedClock(0));
  expect(await time.learn(CEILING)).toBe(true);
  const stored = await readFile(join(room, 'time.json'), 'utf8');
  expect(await setsTo(stored)).toBe(`-u -s @${CEILING / 1000}\n`);
});

test('what the agent would not believe is not believed, though it stands in its file', async () => {
  const room = await temporaryDirectory();
  const time = await openTimeKeeper(room, new SimulatedClock(0));
  expect(await time.learn(CEILING + 1000)).toBe(false);
  expect(await setsTo(`{"floor":${CEILING + 1000}}\n`)).toBeUndefined();
});

test.each([
  ['never backwards', `{"floor":${(NOW - 1) * 1000}}\n`],
  ['not to what is no time', '{"floor":"`id`"}\n'],
  ['not to seconds', `{"floor":${NOW + 5}}\n`],
  ['not from an empty file', ''],
])('%s', async (_, content) => {
  expect(await setsTo(content)).toBeUndefined();
});

test('not where NTP has set the clock', async () => {
  expect(await setsTo(`{"floor":${(NOW + 60) * 1000}}\n`)).toBe(`-u -s @${NOW + 60}\n`);
  expect(await setsTo(`{"floor":${(NOW + 60) * 1000}}\n`, { ntp: true })).toBeUndefined();
});
