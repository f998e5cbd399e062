import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { installMap, REPOSITORY } from './install-map.ts';
import { parseUnit, type UnitFile } from './unit-file.ts';

const map = await installMap();
const isUnit = (name: string) => /\.(service|socket|path)$/.test(name);
const units = map.filter(({ target }) => isUnit(target));

async function unit(source: string): Promise<UnitFile> {
  return parseUnit(await readFile(join(REPOSITORY, source), 'utf8'));
}

test('each file of the map is in the repository, and each unit, rule and script is in the map', async () => {
  for (const { source, mode } of map) {
    const found = await stat(join(REPOSITORY, source));
    expect(found.isFile() && Boolean(found.mode & 0o100), source).toBe(mode === 0o755);
  }
  for (const folder of ['ppp', 'ppp/peers', 'systemd', 'udev']) {
    const files = await readdir(join(REPOSITORY, 'hardware', folder), { withFileTypes: true });
    for (const file of files.filter((one) => one.isFile() && !one.name.endsWith('.md'))) {
      expect(map.map(({ source }) => source)).toContain(`hardware/${folder}/${file.name}`);
    }
  }
});

test.each(units)(
  '$target starts what is installed, and waits for units that are there',
  async ({ source }) => {
    const file = await unit(source);
    const targets = map.map(({ target }) => target);
    for (const command of file.all('ExecStart')) expect(targets).toContain(command.split(' ')[0]);
    const others = ['Wants', 'After', 'Before', 'Requires'].flatMap((name) => file.all(name)).join(' ');
    for (const other of others.split(' ').filter((name) => name.startsWith('ringpost'))) {
      expect(units.map(({ target }) => basename(target))).toContain(other);
    }
  },
);

test.each(units)('$target has what its kind needs', async ({ source, target }) => {
  const { sections } = await unit(source);
  const kind = { service: 'Service', socket: 'Socket', path: 'Path' }[target.split('.').at(-1) ?? ''];
  expect(sections).toContain(kind);
  if (!target.includes('@')) expect(sections).toContain('Install');
});

test.each(['device', 'server'])(
  'the %s runs as its own user, without rights that it does not use',
  async (name) => {
    const file = await unit(`hardware/systemd/ringpost-${name}.service`);
    expect(file.all('User')).toEqual(['ringpost']);
    expect(file.all('CapabilityBoundingSet')).toEqual([name === 'device' ? '' : 'CAP_NET_BIND_SERVICE']);
    expect(file.all('StateDirectory').join()).toContain(`ringpost/${name}`);
    // ringpost-ppp.socket is in this directory.
    expect(file.all('RuntimeDirectory')).toEqual(['ringpost']);
    expect(file.all('RuntimeDirectoryPreserve')).toEqual(['yes']);
    for (const yes of [
      'NoNewPrivileges',
      'ProtectHome',
      'PrivateTmp',
      'RestrictNamespaces',
      'LockPersonality',
    ]) {
      expect(file.all(yes), yes).toEqual(['yes']);
    }
  },
);

test('paths of the units are those of the configuration', async () => {
  const device = await readFile(join(REPOSITORY, 'fixtures/device.toml'), 'utf8');
  const [stream] = (await unit('hardware/ppp/ringpost-ppp.socket')).all('ListenStream');
  expect(device).toContain(`socket = "${stream}"`);
  const [floor] = (await unit('hardware/systemd/ringpost-clock.path')).all('PathChanged');
  expect(device).toContain(`state = "${floor?.replace('/time.json', '')}"`);
});

test('a line that systemd would not take is told', () => {
  expect(() => parseUnit('[Unit]\nDescription Ringpost\n')).toThrow('line 2');
  expect(() => parseUnit('User=x\n')).toThrow('line 1');
});
