import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/room.ts';
import { installMap, REPOSITORY } from './install-map.ts';
import { install, killedInstall, machine, treeOf } from './installing.ts';

const BOTH = ['--device', '--server', '--no-program'];
const PEER = 'etc/ppp/peers/ringpost';
const map = await installMap();

test('what the map tells is installed, with its mode, for the role that was asked for', async () => {
  const root = await machine();
  expect(await install(root, ['--server', '--no-program'])).toMatchObject({ code: 0 });
  const tree = await treeOf(root);
  for (const { role, mode, source, target } of map) {
    const text = `${mode.toString(8)} ${await readFile(join(REPOSITORY, source), 'latin1')}`;
    expect(tree[target.slice(1)], target).toBe(role === 'device' ? undefined : text);
  }
});

test('twice is the same as once, and taken back leaves nothing', async () => {
  const root = await machine();
  await install(root, BOTH);
  const once = await treeOf(root);
  expect(await install(root, BOTH)).toMatchObject({ code: 0 });
  expect(await treeOf(root)).toEqual(once);
  expect(await install(root, ['--uninstall'])).toMatchObject({ code: 0 });
  expect(await treeOf(root)).toEqual({});
});

test("another's file gives way and comes back; what it had beside ours stays", async () => {
  const root = await machine({
    [PEER]: 'mine\n',
    'etc/ppp/peers/other': 'x\n',
    'usr/local/bin/ringpost': '',
  });
  await chmod(join(root, PEER), 0o640);
  const before = await treeOf(root);
  await install(root, BOTH);
  await install(root, BOTH);
  expect(await readFile(join(root, PEER), 'utf8')).toContain('notty');
  await install(root, ['--uninstall']);
  expect(await treeOf(root)).toEqual(before);
});

test('a file of ours that was changed is kept, at the next installation and when all is taken back', async () => {
  const root = await machine();
  await install(root, BOTH);
  await writeFile(join(root, PEER), 'user "ada"\n');
  expect((await install(root, BOTH)).output).toContain(`keep     /${PEER}`);
  expect((await install(root, ['--uninstall'])).output).toContain(`keep     /${PEER}`);
  expect(Object.keys(await treeOf(root))).toEqual(['etc', 'etc/ppp', 'etc/ppp/peers', PEER]);
});

test('configuration and state are touched by --purge only', async () => {
  const own = { 'etc/ringpost/device.toml': 'secret\n', 'var/lib/ringpost/device/time.json': '{}\n' };
  const root = await machine(own);
  const before = await treeOf(root);
  await install(root, BOTH);
  await install(root, ['--uninstall']);
  expect(await treeOf(root)).toEqual(before);
  await install(root, BOTH);
  await install(root, ['--uninstall', '--purge']);
  expect(Object.keys(await treeOf(root))).toEqual(['etc', 'var', 'var/lib']);
});

test('a dry run tells the steps and changes nothing', async () => {
  const root = await machine({ [PEER]: 'mine\n' });
  const before = await treeOf(root);
  const { code, output } = await install(root, [...BOTH, '--dry-run']);
  expect({ code, tree: await treeOf(root) }).toEqual({ code: 0, tree: before });
  for (const { target } of map) expect(output).toContain(`install  ${target}\n`);
  expect(output).toContain(`save     /${PEER}`);
  await install(root, BOTH);
  const installed = await treeOf(root);
  expect((await install(root, ['--uninstall', '--dry-run'])).output).toContain(`restore  /${PEER}`);
  expect(await treeOf(root)).toEqual(installed);
});

test('the program is installed beside, an older one makes room', async () => {
  const checkout = await temporaryDirectory();
  for (const folder of ['hardware', 'fixtures']) {
    await cp(join(REPOSITORY, folder), join(checkout, folder), { recursive: true });
  }
  const script = join(checkout, 'hardware/install.sh');
  const root = await machine();
  const app = join(root, 'usr/local/lib/ringpost/app');
  expect(await install(root, ['--device'], { script })).toMatchObject({ code: 1 });
  expect(await treeOf(root)).toEqual({});
  await mkdir(join(checkout, 'dist/cli'), { recursive: true });
  await mkdir(join(checkout, 'node_modules'));
  await writeFile(join(checkout, 'package.json'), '{}');
  for (const version of ['old', 'new']) {
    await writeFile(join(checkout, 'dist/cli/main.js'), version);
    await writeFile(join(checkout, `dist/${version}.js`), '');
    expect(await install(root, ['--device'], { script })).toMatchObject({ code: 0 });
    expect(await readFile(join(app, 'dist/cli/main.js'), 'utf8')).toBe(version);
    await rm(join(checkout, `dist/${version}.js`));
  }
  expect(Object.keys(await treeOf(join(app, 'dist')))).toEqual(['cli', 'cli/main.js', 'new.js']);
  await install(root, ['--uninstall'], { script });
  expect(await treeOf(root)).toEqual({});
});

test.each([
  'mkdir ROOT/usr/local/lib',
  'mv *saved/usr/local/bin/ringpost',
  'cp *hardware/ringpost *',
  'mv * ROOT/usr/local/bin/ringpost',
  'rm *ppp/peers/ringpost.ringpost-tmp',
  'chmod 0755 *ringpost-ppp-run*',
])('killed before "%s", it is healed by the next run, or taken back', async (point) => {
  const files = { [PEER]: 'mine\n', 'usr/local/bin/ringpost': 'mine too\n' };
  const [whole, healed, undone] = [await machine(files), await machine(files), await machine(files)];
  const before = await treeOf(whole);
  await install(whole, BOTH);
  expect(await killedInstall(healed, BOTH, point)).toBe(true);
  expect(await install(healed, BOTH)).toMatchObject({ code: 0 });
  expect(await treeOf(healed)).toEqual(await treeOf(whole));
  expect(await killedInstall(undone, BOTH, point)).toBe(true);
  await install(undone, ['--uninstall']);
  expect(await treeOf(undone)).toEqual(before);
});

test.each([
  'mv *saved/etc/ppp/peers/ringpost *',
  'rm -f ROOT/usr/local/bin/ringpost',
  'rm -rf *ringpost-install',
])('killed before "%s", an uninstallation can be run again', async (point) => {
  const root = await machine({ [PEER]: 'mine\n' });
  const before = await treeOf(root);
  await install(root, BOTH);
  expect(await killedInstall(root, ['--uninstall'], point)).toBe(true);
  expect(await install(root, ['--uninstall'])).toMatchObject({ code: 0 });
  expect(await treeOf(root)).toEqual(before);
});

test.each([
  [[], 2, '--device'],
  [['--device', '--purge'], 2, '--uninstall'],
  [['--uninstall', '--server'], 2, '--uninstall'],
  [['--devices'], 2, '--devices is no option'],
  [['--device', '--server', '--user', 'root'], 2, '--device alone'],
  [['--device', '--user', 'nobody-here'], 1, 'adduser nobody-here'],
])('%j ends with %i and says what to do', async (args, code, text) => {
  const root = await machine();
  const run = await install(root, args);
  expect(run.code).toBe(code);
  expect(run.output).toContain(text);
  expect(await treeOf(root)).toEqual({});
});

test('below a directory that is not there nothing is installed', async () => {
  const root = await machine();
  const run = await install(join(root, 'none'), ['--device', '--dry-run']);
  expect(run).toMatchObject({ code: 1, output: expect.stringContaining('mkdir') });
});

test('with --user the agent runs as that user', async () => {
  const root = await machine();
  await install(root, ['--device', '--no-program', '--user', 'root']);
  const tree = await treeOf(root);
  const dropIn = 'etc/systemd/system/ringpost-device.service.d/user.conf';
  expect(tree[dropIn]).toContain('User=root');
  expect(tree[dropIn]).toContain('ReadWritePaths=-/root');
  await install(root, ['--uninstall']);
  expect(await treeOf(root)).toEqual({});
});
