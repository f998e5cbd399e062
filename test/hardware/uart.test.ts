import { expect, test } from 'vitest';
import { madeTarget } from './installer.ts';

const CONFIG = '/boot/firmware/config.txt';
const CMDLINE = '/boot/firmware/cmdline.txt';
const PI_4 = {
  '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.5\0',
  [CONFIG]: 'dtparam=audio=on\n[pi3]\ngpu_mem=64',
  [CMDLINE]: 'console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootwait console=ttyS0,9600\n',
};
const BLOCK = '# ringpost: begin\n[all]\nenable_uart=1\n# ringpost: end\n';

test('--uart turns the UART on between marker lines, and takes the consoles off it', async () => {
  const target = await madeTarget(PI_4);
  expect(await target.install('--device', '--uart')).toMatchObject({ code: 0, err: '' });
  expect(await target.read(CONFIG)).toBe(`${PI_4[CONFIG]}\n${BLOCK}`);
  expect(await target.read(CMDLINE)).toBe('console=tty1 root=PARTUUID=1-02 rootwait\n');
});

test('a second time changes nothing; uninstalling puts every byte back', async () => {
  const target = await madeTarget(PI_4);
  const before = await target.tree();
  await target.install('--device', '--uart');
  const once = await target.tree();
  await target.install('--device', '--uart');
  expect(await target.tree()).toEqual(once);
  await target.install('--uninstall');
  expect(await target.tree()).toEqual(before);
});

test('a Pi 5 gets its overlay, and keeps the console on its debug connector', async () => {
  const model = 'Raspberry Pi 5 Model B Rev 1.0\0';
  const line = 'console=serial0,115200 console=ttyAMA0 quiet\n';
  const target = await madeTarget({ ...PI_4, '/proc/device-tree/model': model, [CMDLINE]: line });
  await target.install('--device', '--uart');
  expect(await target.read(CONFIG)).toContain('\n[all]\ndtoverlay=uart0-pi5\n');
  expect(await target.read(CMDLINE)).toBe('console=serial0,115200 quiet\n');
});

test('what a user has written since stays; only the marked lines go', async () => {
  const target = await madeTarget(PI_4);
  await target.install('--device', '--uart');
  await target.write(CONFIG, `${await target.read(CONFIG)}dtparam=spi=on\n`);
  await target.write(CMDLINE, 'console=tty1 quiet\n');
  const gone = await target.install('--uninstall');
  expect(await target.read(CONFIG)).toBe(`${PI_4[CONFIG]}\ndtparam=spi=on\n`);
  expect(await target.read(CMDLINE)).toBe('console=tty1 quiet\n');
  expect(gone.out).toContain(`${CMDLINE} (what was there before: ${CMDLINE}.before-ringpost)`);
});

test('marked lines that a user has taken out come back, over what the file is now', async () => {
  const target = await madeTarget(PI_4);
  await target.install('--device', '--uart');
  await target.write(CONFIG, 'theirs=1\n');
  await target.install('--device', '--uart');
  expect(await target.read(CONFIG)).toBe(`theirs=1\n${BLOCK}`);
  await target.install('--uninstall');
  expect(await target.read(CONFIG)).toBe('theirs=1\n');
});

test('a console that comes back later is taken off again', async () => {
  const target = await madeTarget(PI_4);
  await target.install('--device', '--uart');
  await target.write(CMDLINE, 'quiet console=ttyAMA0,115200\n');
  await target.install('--device', '--uart');
  expect(await target.read(CMDLINE)).toBe('quiet\n');
  await target.install('--uninstall');
  expect(await target.read(CMDLINE)).toBe('quiet console=ttyAMA0,115200\n');
});

test.each([2, 5, 8])('killed at call %i of the boot files: it heals', async (call) => {
  const target = await madeTarget(PI_4);
  const before = await target.tree();
  await target.install('--device');
  expect(await target.installKilledAt(call, '--device', '--uart')).toMatchObject({ code: null });
  await target.install('--device', '--uart');
  expect(await target.read(CONFIG)).toBe(`${PI_4[CONFIG]}\n${BLOCK}`);
  await target.install('--uninstall');
  expect(await target.tree()).toEqual(before);
});

test.each([
  ['no Pi', { '/proc/device-tree/model': 'Some Board\0' }, 'Some Board is no Raspberry Pi'],
  ['no config.txt', { '/proc/device-tree/model': PI_4['/proc/device-tree/model'] }, `${CONFIG} is not there`],
])('%s: refused before anything is installed', async (_name, files, why) => {
  const target = await madeTarget(files);
  const before = await target.tree();
  const outcome = await target.install('--device', '--uart');
  expect(outcome).toMatchObject({ code: 1, out: '' });
  expect(outcome.err).toContain(why);
  expect(await target.tree()).toEqual(before);
});
