import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HARDWARE, madeTarget, run } from './installer.ts';

const PEER = '/etc/ppp/peers/ringpost';
const RULES = '/etc/udev/rules.d/60-ringpost.rules';

interface Row {
  readonly role: string;
  readonly mode: string;
  readonly source: string;
  readonly destination: string;
}

/** The table that the script itself goes by. */
async function rows(): Promise<Row[]> {
  const { out } = await run(['--list']);
  return out
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([role = '', mode = '', source = '', destination = '']) => ({ role, mode, source, destination }));
}

test.each(['device', 'server'])('--%s installs what the table has for it, and only that', async (role) => {
  const target = await madeTarget();
  expect(await target.install(`--${role}`)).toMatchObject({ code: 0, err: '' });
  const tree = await target.tree();
  const wanted = (await rows()).filter((row) => row.role === role || row.role === 'both');
  expect(wanted.length).toBeGreaterThan(3);
  for (const { mode, source, destination } of wanted) {
    const text = await readFile(join(HARDWARE, source), 'utf8');
    if (!text.includes('@NODE@')) expect(tree[destination.slice(1)]).toBe(`${mode} ${text}`);
  }
  const files = Object.keys(tree).filter((name) => !name.endsWith('/') && !name.startsWith('var/'));
  expect(files).toEqual(wanted.map(({ destination }) => destination.slice(1)).sort());
});

test('the units run Node and the compiled program by their full names', async () => {
  const target = await madeTarget();
  await target.install('--device');
  const text = await target.read('/usr/local/lib/ringpost/ringpost');
  expect(text).toMatch(/^exec '\/[^@']*' '\/[^@']*\/dist\/cli\/main\.js' "\$@"$/m);
});

test('a second time changes nothing; uninstalling leaves nothing', async () => {
  const target = await madeTarget();
  await target.install('--device');
  const once = await target.tree();
  const second = await target.install('--device');
  expect(second.out).not.toContain('installing');
  expect(await target.tree()).toEqual(once);
  expect(await target.install('--uninstall')).toMatchObject({ code: 0, err: '' });
  expect(await target.tree()).toEqual({});
  expect(await target.install('--uninstall')).toMatchObject({ code: 0, out: 'nothing is installed\n' });
});

test('device and server on one machine go together', async () => {
  const target = await madeTarget();
  await target.install('--device');
  await target.install('--server');
  expect(Object.keys(await target.tree())).toContain('etc/systemd/system/ringpost-server.service');
  await target.install('--uninstall');
  expect(await target.tree()).toEqual({});
});

test('what was there before comes back as it was, directories stay', async () => {
  const target = await madeTarget({ [PEER]: 'theirs\n', '/etc/udev/rules.d/99-theirs.rules': '' });
  const before = await target.tree();
  await target.install('--device');
  expect(await target.read(PEER)).toContain('notty');
  expect(await target.read(`${PEER}.before-ringpost`)).toBe('theirs\n');
  await target.install('--uninstall');
  expect(await target.tree()).toEqual(before);
});

test('a foreign file of the same content is not ours to remove', async () => {
  const target = await madeTarget({ [RULES]: await readFile(`${HARDWARE}udev/60-ringpost.rules`, 'utf8') });
  const before = await target.tree();
  await target.install('--device');
  await target.install('--uninstall');
  expect(await target.tree()).toEqual(before);
});

test('an older version of ours is replaced, one that a user has changed is kept and named', async () => {
  const target = await madeTarget();
  await target.install('--device');
  await target.write(PEER, 'user "ada"\n');
  const again = await target.install('--device');
  expect(again.out).toMatch(new RegExp(`kept, it was changed since .*: ${PEER} `));
  expect(await target.read(PEER)).toBe('user "ada"\n');
  const gone = await target.install('--uninstall');
  expect(gone).toMatchObject({ code: 0 });
  expect(gone.out).toContain(`kept, it was changed since it was installed: ${PEER}\n`);
  expect(Object.keys(await target.tree())).toEqual(['etc/', 'etc/ppp/', 'etc/ppp/peers/', PEER.slice(1)]);
});

test('configuration and state stay, until --purge', async () => {
  const own = { '/etc/ringpost/device.toml': 'secret\n', '/var/lib/ringpost/device/time.json': '{}' };
  const target = await madeTarget(own);
  const before = await target.tree();
  await target.install('--device');
  await target.install('--uninstall');
  expect(await target.tree()).toEqual(before);
  expect(await target.install('--uninstall', '--purge', '--dry-run')).toMatchObject({ code: 0 });
  expect(await target.tree()).toEqual(before);
  await target.install('--uninstall', '--purge');
  expect(await target.tree()).toEqual({});
});

test('--dry-run says what it would do and does nothing', async () => {
  const target = await madeTarget({ [PEER]: 'theirs\n' });
  const before = await target.tree();
  const dry = await target.install('--device', '--dry-run');
  expect(dry).toMatchObject({ code: 0, err: '' });
  expect(dry.out).toContain(`keeping what was there as ${PEER}.before-ringpost\ninstalling ${PEER}\n`);
  expect(await target.tree()).toEqual(before);
  await target.install('--device');
  const installed = await target.tree();
  const dryRemoval = await target.install('--uninstall', '--dry-run');
  expect(dryRemoval.out).toContain(`putting back ${PEER}\n`);
  expect(await target.tree()).toEqual(installed);
});

test.each([
  [['--devise'], 'there is no option "--devise"'],
  [[], '--device or --server?'],
  [['--device', '--server'], 'one at a time'],
  [['--device', '--purge'], '--purge goes with --uninstall'],
  [['--uninstall', '--uart'], '--uninstall takes all'],
  [['--list', '--device'], '--list goes alone'],
])('%j is wrong usage', async (words, why) => {
  const target = await madeTarget();
  const outcome = await target.install(...words);
  expect(outcome).toMatchObject({ code: 2, out: '' });
  expect(outcome.err).toContain(why);
  expect(outcome.err).toContain('usage: ');
  expect(await target.tree()).toEqual({});
});

test('what is in the way and no ordinary file is named and left alone', async () => {
  const target = await madeTarget({ [`${PEER}/inside`]: '' });
  const outcome = await target.install('--device');
  expect(outcome).toMatchObject({ code: 1 });
  expect(outcome.err).toContain(`${PEER} is there and no ordinary file`);
  expect((await stat(join(target.root, PEER))).isDirectory()).toBe(true);
});

test('a file that is in the way of the backup is never overwritten', async () => {
  const target = await madeTarget({ [PEER]: 'theirs\n', [`${PEER}.before-ringpost`]: 'old\n' });
  expect((await target.install('--device')).err).toContain(`${PEER}.before-ringpost is in the way`);
  expect(await target.read(`${PEER}.before-ringpost`)).toBe('old\n');
});
