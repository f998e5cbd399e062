import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { need } from '../support/program.ts';

const RECEIVER = '+9990000002';
let directory: string;
let simulate: ChildProcess;

beforeAll(async () => {
  await need('gammu', 'gammu');
  directory = await mkdtemp(join(tmpdir(), 'ringpost-gammu-'));
  simulate = spawn('node_modules/.bin/tsx', ['src/cli/main.ts', 'simulate', '--links', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // It prints a line for each modem once that can be opened.
  const lines = createInterface({ input: simulate.stdout as NodeJS.ReadableStream });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.startsWith(RECEIVER) && resolve());
    simulate.once('exit', (code) => reject(new Error(`ringpost simulate ended with ${code}`)));
  });
  for (const modem of ['modem1', 'modem2']) {
    const config = `[gammu]\ndevice=${join(directory, modem)}\nconnection=at115200\n`;
    await writeFile(join(directory, `${modem}.conf`), config);
  }
});

afterAll(async () => {
  if (simulate?.exitCode === null) {
    simulate.kill('SIGTERM');
    await once(simulate, 'exit');
  }
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** Runs gammu on a modem; gives what it prints. */
async function gammu(modem: string, ...words: string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const args = ['-c', join(directory, `${modem}.conf`), ...words];
  return (await promisify(execFile)('gammu', args, { env, timeout: 60_000 })).stdout;
}

/** What `getallsms` shows of each message: number of the part (1 without parts), coding, text. */
async function stored(): Promise<{ part: number; coding: string; text: string }[]> {
  const shown = await gammu('modem2', '--getallsms');
  const pattern =
    /Coding +: (\S+).*?\nRemote number +: "\+9990000001"\n.*?(?:part (\d+) of \d+)?\n\n(.*?)\n\n/gs;
  return [...shown.matchAll(pattern)].map(([, coding = '', part = '1', text = '']) => ({
    part: Number(part),
    coding,
    text,
  }));
}

/** The messages that came since the last time. */
let seen = 0;
async function arrived() {
  const came = (await stored()).slice(seen);
  seen += came.length;
  return came;
}

test('gammu identifies the modem', async () => {
  const said = await gammu('modem1', '--identify');
  expect(said).toMatch(/^Manufacturer +: SIMCOM INCORPORATED$/m);
  expect(said).toMatch(/^Model +: .*SIM7600/m);
  expect(said).toMatch(/^IMEI +: \d{15}$/m);
  expect(said).toMatch(/^SIM IMSI +: 00101\d{10}$/m);
});

test.each([
  { what: 'one part', text: 'Hello [gammu] {5} €', options: [], coding: 'Default', parts: 1 },
  {
    what: 'three parts',
    text: Array.from({ length: 40 }, (_, at) => `number${at}`).join('+'),
    options: ['-len', '400'],
    coding: 'Default',
    parts: 3,
  },
  { what: 'UCS-2', text: 'Grüße из Москвы 你好', options: ['-unicode'], coding: 'Unicode', parts: 1 },
])('gammu reads at one modem what gammu sent at another: $what', async (one) => {
  const { text, options, coding, parts } = one;
  await gammu('modem1', '--sendsms', 'TEXT', RECEIVER, ...options, '-text', text);
  const came = (await arrived()).sort((a, b) => a.part - b.part);
  expect(came.map((message) => message.part)).toEqual(Array.from({ length: parts }, (_, at) => at + 1));
  expect(came.map((message) => message.text).join('')).toBe(text);
  for (const message of came) expect(message.coding).toBe(coding);
});

test('ringpost simulate ends in order and takes its links away', async () => {
  simulate.kill('SIGTERM');
  expect(await once(simulate, 'exit')).toEqual([0, null]);
  await expect(access(join(directory, 'modem1'))).rejects.toMatchObject({ code: 'ENOENT' });
});
