import { cp, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/room.ts';
import { REPOSITORY } from './install-map.ts';
import { install, killedInstall, machine, treeOf } from './installing.ts';

const SERVER = ['--server', '--no-program'];
const BIN = 'usr/local/bin/ringpost';
const MANIFEST = 'var/lib/ringpost-install/manifest';

/** `npm link` of Debian's npm makes the first; the last is what `npm uninstall` of a moved checkout leaves. */
const LINKS = ['../lib/main.js', '../lib', '/nowhere'];

async function linked(to: string): Promise<string> {
  const root = await machine({ 'usr/local/lib/main.js': 'program\n' });
  await mkdir(join(root, dirname(BIN)));
  await symlink(to, join(root, BIN));
  return root;
}

test.each(LINKS)('a link to %s gives way, and comes back as a link', async (to) => {
  const root = await linked(to);
  await install(root, SERVER);
  await install(root, SERVER);
  expect(await readFile(join(root, BIN), 'utf8')).toMatch(/^#!/);
  expect(await install(root, ['--uninstall'])).toMatchObject({ code: 0 });
  expect(await readlink(join(root, BIN))).toBe(to);
  expect(await readFile(join(root, 'usr/local/lib/main.js'), 'utf8')).toBe('program\n');
});

test.each(LINKS)('killed while the link to %s is still in its place, the next run goes on', async (to) => {
  const [healed, undone] = [await linked(to), await linked(to)];
  for (const root of [healed, undone]) {
    expect(await killedInstall(root, SERVER, 'cp *hardware/ringpost *')).toBe(true);
    expect(await readlink(join(root, BIN))).toBe(to);
  }
  await install(healed, SERVER);
  expect(await readFile(join(healed, BIN), 'utf8')).toMatch(/^#!/);
  for (const root of [healed, undone]) {
    await install(root, ['--uninstall']);
    expect(await readlink(join(root, BIN))).toBe(to);
  }
});

test('a link that a user has put in the place of ours is kept', async () => {
  const root = await machine();
  await install(root, SERVER);
  const copy = join(root, 'copy');
  await cp(join(root, BIN), copy);
  await rm(join(root, BIN));
  await symlink(copy, join(root, BIN));
  const again = await install(root, SERVER);
  expect(again.output).toContain(`keep     /${BIN}`);
  await install(root, ['--uninstall']);
  expect(await readlink(join(root, BIN))).toBe(copy);
});

test('a directory in the place of a file is named and left alone', async () => {
  const root = await machine({ [`${BIN}/inside`]: '' });
  const before = await treeOf(root);
  const run = await install(root, SERVER);
  expect(run).toMatchObject({ code: 1 });
  expect(run.output).toContain(`install.sh: /${BIN} is a directory`);
  await install(root, ['--uninstall']);
  expect(await treeOf(root)).toEqual(before);
});

test.each(['file 1-2 /usr/loc', 'dir /usr', 'tree /usr'])(
  'what a power cut has left of a line, "%s", spoils nothing',
  async (torn) => {
    const root = await machine({ 'usr/theirs': '' });
    const before = await treeOf(root);
    await install(root, SERVER);
    const whole = await readFile(join(root, MANIFEST), 'utf8');
    await writeFile(join(root, MANIFEST), `${whole}${torn}`);
    await install(root, ['--device', '--no-program']);
    expect(await install(root, ['--uninstall'])).toMatchObject({ code: 0 });
    expect(await treeOf(root)).toEqual(before);
  },
);

test("the program can be read by the agent's user, also from a checkout that is its owner's alone", async () => {
  const checkout = await temporaryDirectory();
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(checkout, path)), { recursive: true, mode: 0o700 });
    await writeFile(join(checkout, path), text, { mode: 0o600 });
  };
  for (const path of ['dist/cli/main.js', 'node_modules/x/index.js', 'package.json']) await put(path, '');
  for (const name of ['hardware', 'fixtures'])
    await cp(join(REPOSITORY, name), join(checkout, name), { recursive: true });
  const script = join(checkout, 'hardware/install.sh');
  const root = await machine();
  await install(root, ['--server'], { script });
  const tree = await treeOf(join(root, 'usr/local/lib/ringpost/app'));
  expect(tree).toMatchObject({ 'dist/cli': '755 directory', 'dist/cli/main.js': '644 ' });
});
