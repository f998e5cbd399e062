import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/room.ts';

const run = promisify(execFile);
const TSX = 'node_modules/.bin/tsx';

/** `ringpost simulate` as a user starts it; resolves when its modems are there. */
async function simulate(directory: string): Promise<string[]> {
  const child = spawn(TSX, ['src/cli/main.ts', 'simulate', '--links', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await ended;
  });
  const numbers: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    numbers.push(line.split(' ')[0] ?? '');
    if (numbers.length === 2) break;
  }
  child.stdout.resume();
  return numbers;
}

/** Gammu on one of the modems; gives what it prints. */
async function gammu(directory: string, modem: string, ...words: string[]): Promise<string> {
  const config = join(directory, `${modem}.rc`);
  await writeFile(config, `[gammu]\ndevice = ${join(directory, modem)}\nconnection = at115200\n`);
  const result = await run('gammu', ['-c', config, ...words]).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error('gammu is not installed: apt-get install gammu');
    throw error;
  });
  return result.stdout;
}

async function twoModems() {
  const directory = await temporaryDirectory();
  const [alice = '', bob = ''] = await simulate(directory);
  return {
    bob,
    alice,
    at: (modem: 'modem1' | 'modem2', ...words: string[]) => gammu(directory, modem, ...words),
  };
}

test('gammu --identify knows the simulated modem', async () => {
  const { at } = await twoModems();
  const said = await at('modem1', '--identify');
  expect(said).toMatch(/Manufacturer\s+: SIMCOM/i);
  expect(said).toMatch(/Model\s+: .*SIM7600/);
  expect(said).toMatch(/IMEI\s+: \d{15}/);
  expect(said).toMatch(/SIM IMSI\s+: \d+/);
});

test('gammu sends and reads short, long and Unicode messages', async () => {
  const { at, bob, alice } = await twoModems();
  const long = Array.from({ length: 30 }, (_, number) => `line ${number} [of] 30 {€}`).join(', ');
  const unicode = 'Привет, handheld ☎';
  expect(await at('modem1', 'sendsms', 'TEXT', bob, '-text', 'Ring, ring')).toContain('OK');
  expect(await at('modem1', 'sendsms', 'TEXT', bob, '-len', '1000', '-text', long)).toContain('OK');
  expect(await at('modem1', 'sendsms', 'TEXT', bob, '-unicode', '-text', unicode)).toContain('OK');
  const read = async () => await at('modem2', 'getallsms');
  await expect.poll(read, { timeout: 20_000, interval: 500 }).toContain(unicode);
  const all = await read();
  expect(all).toContain(`"${alice}"`);
  expect(all).toContain('Ring, ring');
  expect(all).toContain('8 SMS parts in 8 SMS sequences');
  expect(partsOf(all).join('')).toBe(long);
});

/** The texts of a concatenated message: each stands alone between blank lines behind the line of its part. */
function partsOf(said: string): string[] {
  return [...said.matchAll(/part \d of 6\n\n(.*)\n\n/g)].map(([, text]) => text ?? '');
}
