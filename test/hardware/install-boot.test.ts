import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { REPOSITORY } from './install-map.ts';
import { install, killedInstall, machine, treeOf } from './installing.ts';

const run = promisify(execFile);
const BOOT = join(REPOSITORY, 'hardware/install/boot.sh');
const UART = ['--device', '--no-program', '--uart'];
const CONFIG = 'boot/firmware/config.txt';
const CMDLINE = 'boot/firmware/cmdline.txt';
const CMDLINE_TEXT = 'console=serial0,115200 console=tty1 root=PARTUUID=12-02  rootwait quiet';

function pi(model: string, folder = 'boot/firmware'): Promise<string> {
  return machine({
    'proc/device-tree/model': `${model}\0`,
    [`${folder}/config.txt`]: '# mine\n[pi4]\narm_boost=1',
    [`${folder}/cmdline.txt`]: `${CMDLINE_TEXT}\n`,
  });
}
const configOf = (root: string) => readFile(join(root, CONFIG), 'utf8');

test.each([
  ['Raspberry Pi Zero Rev 1.3', ['enable_uart=1']],
  ['Raspberry Pi Zero W Rev 1.1', ['enable_uart=1', 'dtoverlay=disable-bt']],
  ['Raspberry Pi Zero 2 W Rev 1.0', ['enable_uart=1', 'dtoverlay=disable-bt']],
  ['Raspberry Pi Model B Plus Rev 1.2', ['enable_uart=1']],
  ['Raspberry Pi 2 Model B Rev 1.1', ['enable_uart=1']],
  ['Raspberry Pi 3 Model B Plus Rev 1.3', ['enable_uart=1', 'dtoverlay=disable-bt']],
  ['Raspberry Pi 4 Model B Rev 1.4', ['enable_uart=1', 'dtoverlay=disable-bt']],
  ['Raspberry Pi Compute Module 4 Rev 1.1', ['enable_uart=1', 'dtoverlay=disable-bt']],
  ['Raspberry Pi 5 Model B Rev 1.0', ['dtoverlay=uart0-pi5']],
])('%s gets its lines', async (model, lines) => {
  const { stdout } = await run('sh', ['-c', '. "$1"; uart_lines "$2"', 'sh', BOOT, model]);
  expect(stdout.trim().split('\n')).toEqual(lines);
});

test('the console leaves the UART; twice is once; all is taken back to the byte', async () => {
  const root = await pi('Raspberry Pi 4 Model B Rev 1.4');
  const before = await treeOf(root);
  await install(root, UART);
  expect(await readFile(join(root, CMDLINE), 'utf8')).toBe(
    'console=tty1 root=PARTUUID=12-02 rootwait quiet\n',
  );
  const lines = ['# ringpost: begin', '[all]', 'enable_uart=1', 'dtoverlay=disable-bt', '# ringpost: end'];
  expect(await configOf(root)).toBe(`# mine\n[pi4]\narm_boost=1\n${lines.join('\n')}\n`);
  const once = await treeOf(root);
  await install(root, UART);
  expect(await treeOf(root)).toEqual(once);
  await install(root, ['--uninstall']);
  expect(await treeOf(root)).toEqual(before);
});

test('what others wrote since then stays', async () => {
  const root = await pi('Raspberry Pi 4 Model B Rev 1.4');
  await install(root, UART);
  await appendFile(join(root, CONFIG), 'gpu_mem=16\n');
  await writeFile(join(root, CMDLINE), 'console=tty1 rootwait fastboot\n');
  await install(root, ['--uninstall']);
  expect(await configOf(root)).toBe('# mine\n[pi4]\narm_boost=1\ngpu_mem=16\n');
  expect(await readFile(join(root, CMDLINE), 'utf8')).toBe(
    'console=serial0,115200 console=tty1 rootwait fastboot\n',
  );
});

test('before Debian 12 the files are in /boot', async () => {
  const root = await pi('Raspberry Pi 3 Model B Rev 1.2', 'boot');
  await install(root, UART);
  expect(await readFile(join(root, 'boot/config.txt'), 'utf8')).toContain('disable-bt');
});

test('without --uart nothing of the boot changes', async () => {
  const root = await pi('Raspberry Pi 4 Model B Rev 1.4');
  const before = await configOf(root);
  await install(root, UART.slice(0, 2));
  expect(await configOf(root)).toBe(before);
  expect(await readFile(join(root, CMDLINE), 'utf8')).toBe(`${CMDLINE_TEXT}\n`);
});

test('an unknown machine is left as it was, and told where to read', async () => {
  for (const root of [await pi('Radxa ROCK 4C+'), await machine()]) {
    const before = await treeOf(root);
    const { code, output } = await install(root, UART);
    expect(code).toBe(1);
    expect(output).toContain('hardware/boot.md');
    expect(await treeOf(root)).toEqual(before);
  }
});

test.each([
  'mv *saved/boot/firmware/config.txt',
  'mv * ROOT/boot/firmware/config.txt',
  'mv * ROOT/boot/firmware/cmdline.txt',
])('killed before "%s", it is healed by the next run', async (point) => {
  const [whole, healed] = [await pi('Raspberry Pi 4 Model B'), await pi('Raspberry Pi 4 Model B')];
  const before = await treeOf(whole);
  await install(whole, UART);
  expect(await killedInstall(healed, UART, point)).toBe(true);
  await install(healed, UART);
  expect(await treeOf(healed)).toEqual(await treeOf(whole));
  expect(await killedInstall(healed, ['--uninstall'], point.replace('*saved', '* ROOT'))).toBe(true);
  await install(healed, ['--uninstall']);
  expect(await treeOf(healed)).toEqual(before);
});

test.each([
  'mv *saved/boot/firmware/config.txt',
  'mv * ROOT/boot/firmware/config.txt',
  'mv * ROOT/boot/firmware/cmdline.txt',
])('killed before "%s" and taken back at once, nothing of it is left', async (point) => {
  const root = await pi('Raspberry Pi 4 Model B');
  const before = await treeOf(root);
  expect(await killedInstall(root, UART, point)).toBe(true);
  await install(root, ['--uninstall']);
  expect(await treeOf(root)).toEqual(before);
});
