import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { BUILT, openTimeKeeper } from '../../src/device/state/time.ts';
import { HARDWARE } from './installer.ts';

const built = BUILT / 1000;
const ceiling = built + 5 * 365 * 86_400;
/** A Pi that has just started, without a battery. */
const EPOCH = 1000;

/** What the script sets the clock to, in seconds since 1970; undefined: it leaves it. `text` is time.json. */
async function setTo(now: number, text?: string): Promise<{ set: string | undefined; err: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'ringpost-clock-'));
  const file = join(directory, 'time.json');
  if (text !== undefined) await writeFile(file, text);
  return clockScript(directory, now, file);
}

async function clockScript(directory: string, now: number, file: string) {
  const date = join(directory, 'date');
  await writeFile(
    date,
    `#!/bin/sh\ncase $1 in +%s) echo ${now} ;; *) echo "$*" >>'${directory}/set' ;; esac\n`,
  );
  await chmod(date, 0o755);
  const env = { PATH: process.env.PATH, RINGPOST_DATE: date };
  const err = await new Promise<string>((resolve, reject) => {
    execFile(`${HARDWARE}systemd/ringpost-clock`, [file], { env }, (error, _out, text) =>
      error ? reject(error) : resolve(text),
    );
  });
  const set = await readFile(join(directory, 'set'), 'utf8').catch(() => undefined);
  return { set: set?.trim(), err };
}

test('the clock goes forward to the floor that the agent has stored', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ringpost-clock-'));
  const keeper = await openTimeKeeper(directory, { ...systemClock, now: () => EPOCH * 1000 });
  await keeper.learn((built + 86_400) * 1000 + 999);
  expect(await clockScript(directory, EPOCH, join(directory, 'time.json'))).toEqual({
    set: `-u -s @${built + 86_400}`,
    err: '',
  });
});

test('never backwards, and not when it is right', async () => {
  const text = JSON.stringify({ floor: (built + 500) * 1000 });
  expect(await setTo(built + 501, text)).toEqual({ set: undefined, err: '' });
  expect(await setTo(built + 500, text)).toEqual({ set: undefined, err: '' });
  expect((await setTo(built + 499, text)).set).toBe(`-u -s @${built + 500}`);
});

test('the build of the agent is the least, and its belief in the network the most', async () => {
  expect(await setTo(EPOCH)).toEqual({ set: `-u -s @${built}`, err: '' });
  expect((await setTo(EPOCH, '{"floor":5000}')).set).toBe(`-u -s @${built}`);
  expect((await setTo(EPOCH, `{"floor":${ceiling * 1000}}`)).set).toBe(`-u -s @${ceiling}`);
  const beyond = await setTo(EPOCH, `{"floor":${ceiling * 1000 + 1000}}`);
  expect(beyond.set).toBe(`-u -s @${built}`);
  expect(beyond.err).toContain('too far ahead to be believed');
});

test('the bounds are those of the agent', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ringpost-clock-'));
  const keeper = await openTimeKeeper(directory, { ...systemClock, now: () => 0, monotonic: () => 0 });
  expect(keeper.now()).toBe(BUILT);
  expect(await keeper.learn(ceiling * 1000)).toBe(true);
  expect(await keeper.learn(ceiling * 1000 + 1)).toBe(false);
});

test.each([
  '',
  'no JSON',
  '{"floor":null}',
  '{"floor":-1800000000000}',
  '{"floor":1.8e12}',
  '{"floor":18000000000000000000}',
  '{"floor":"1800000000000"}',
  '{"floor":1800000000000; reboot}',
])('a broken file is as none, and told of: %s', async (text) => {
  const { set, err } = await setTo(EPOCH, text);
  expect(set).toBe(`-u -s @${built}`);
  expect(err).toContain('no time that can be read');
});
