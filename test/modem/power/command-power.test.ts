import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandPower } from '../../../src/modem/power/command-power.ts';
import { quickClock } from '../../support/quick-clock.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { script } from './played-gpio.ts';

const { signal } = new AbortController();
const clock = quickClock(10);

async function hook(body: string) {
  const directory = await temporaryDirectory();
  const program = await script(join(directory, 'power'), `echo "$@" >> '${directory}/told'\n${body}\n`);
  const told = () => readFile(join(directory, 'told'), 'utf8').catch(() => '');
  const power = commandPower({ command: [program, '--board', 'x'], clock, ms: 20_000, bootMs: 5000 });
  return { program, told, power };
}

test('the words on and cycle are appended; then it is waited for the modem', async () => {
  const { power, told } = await hook('');
  const answers = async () => (await told()).includes('on');
  await power.on(answers, signal);
  await power.cycle(answers, signal);
  expect(await told()).toBe('--board x on\n--board x cycle\n');
});

test('on: a modem that answers is left alone', async () => {
  const { power, told } = await hook('');
  await power.on(async () => true, signal);
  expect(await told()).toBe('');
});

test('a modem that does not come up: its time for that ends the wait', async () => {
  const { power, told } = await hook('');
  await power.on(async () => false, signal);
  expect(await told()).toBe('--board x on\n');
});

test('an exit code that is not 0 is an error with what the program said', async () => {
  const { power, program } = await hook('echo "no such board" >&2; exit 3');
  const attempt = power.cycle(async () => false, signal);
  await expect(attempt).rejects.toMatchObject({ code: 'power-failed', temporary: true });
  await expect(attempt).rejects.toThrow(`${program} --board x cycle: exit code 3 (no such board)`);
});

test('a program that does not end is ended at its deadline', async () => {
  const { power } = await hook('exec sleep 30');
  await expect(power.cycle(async () => false, signal)).rejects.toThrow(
    /power --board x cycle: no answer within 20 s/,
  );
});

test('a program that is not there is said by name', async () => {
  const power = commandPower({ command: ['/nowhere/power'], clock });
  await expect(power.cycle(async () => false, signal)).rejects.toMatchObject({
    code: 'power-missing',
    fields: { program: '/nowhere/power' },
  });
});
