import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { parseState } from '../../../src/link/ppp/state-file.ts';
import { fakeIp, HARDWARE } from './room.ts';

const run = promisify(execFile);
const ARGUMENTS = ['ppp0', '/dev/pts/3', '0', '10.64.0.2', '10.64.0.1', 'ringpost-ab12'];

async function hook(rules = 0) {
  const directory = await mkdtemp(join(tmpdir(), 'ringpost-hook-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const ip = await fakeIp(directory, rules);
  const env = () => ({
    ...(process.env.FAKE_IP_TERMINATES && { FAKE_IP_TERMINATES: 'yes' }),
    RINGPOST_RUN: directory,
    RINGPOST_PATH: ip.path,
    DNS1: '10.64.0.53',
    DNS2: '10.64.0.54',
    PPPD_PID: '77',
  });
  return {
    directory,
    calls: ip.calls,
    state: () => readFile(join(directory, 'ppp.state'), 'utf8'),
    up: () => run(`${HARDWARE}ringpost-ip-up`, ARGUMENTS, { env: env() }),
    down: () => run(`${HARDWARE}ringpost-ip-down`, ARGUMENTS, { env: env() }),
    run: (...args: string[]) => run(`${HARDWARE}ringpost-ppp-hook`, args, { env: env() }),
  };
}

test('ip-up: what is left of a crash goes, then a rule and a table of our own; the main table is touched nowhere else', async () => {
  const its = await hook(2);
  await its.up();
  const calls = await its.calls();
  expect(calls.filter((call) => call.includes('rule del'))).toHaveLength(4);
  expect(calls.slice(calls.indexOf('-6 route flush table 21072') + 1)).toEqual([
    '-4 route add unreachable default metric 4000 table 21072',
    '-4 rule add from 10.64.0.2 lookup 21072 priority 21072',
    '-4 route add default dev ppp0 table 21072',
    '-4 route del 10.64.0.1 dev ppp0 table main',
  ]);
  expect(parseState(await its.state(), 'ab12')).toMatchObject({
    up: true,
    interface: 'ppp0',
    local: '10.64.0.2',
    dns: ['10.64.0.53', '10.64.0.54'],
  });
  expect(await its.state()).toMatch(/^pid=77\nstarted=\d{10}$/m);
});

test('the rule is there before the interface is up, and stays while the route to the network is added', async () => {
  const its = await hook();
  await its.run('ip-pre-up', ...ARGUMENTS);
  const before = await its.calls();
  expect(before.slice(-2)).toEqual([
    '-4 route add unreachable default metric 4000 table 21072',
    '-4 rule add from 10.64.0.2 lookup 21072 priority 21072',
  ]);
  await its.up();
  expect((await its.calls()).slice(before.length)).toEqual([
    '-4 rule show priority 21072',
    '-4 route add default dev ppp0 table 21072',
    '-4 route del 10.64.0.1 dev ppp0 table main',
  ]);
  expect(parseState(await its.state(), 'ab12')).toMatchObject({ up: true, local: '10.64.0.2' });
});

test('ip-down that pppd ends after its second sweeps all the same', async () => {
  const its = await hook();
  await its.up();
  const before = (await its.calls()).length;
  process.env.FAKE_IP_TERMINATES = 'yes';
  onTestFinished(() => void delete process.env.FAKE_IP_TERMINATES);
  await its.down();
  expect((await its.calls()).slice(before)).toEqual([
    '-4 rule del priority 21072',
    '-4 route flush table 21072',
    '-6 rule del priority 21072',
    '-6 route flush table 21072',
  ]);
});

test('ip-down sweeps, and tells only of its own session', async () => {
  const its = await hook();
  await its.up();
  await its.down();
  expect(await its.state()).toBe('session=ab12\ndown=yes\n');
  expect((await its.calls()).slice(-4)).toEqual([
    '-4 rule del priority 21072',
    '-4 route flush table 21072',
    '-6 rule del priority 21072',
    '-6 route flush table 21072',
  ]);
  await writeFile(join(its.directory, 'ppp.state'), 'session=other\n');
  await its.down();
  expect(await its.state()).toBe('session=other\n');
});

test('ipv6-up waits for an address of the network, and leaves nothing in the main table', async () => {
  const its = await hook();
  await its.up();
  await its.run('ipv6-up', 'ppp0', '', '0', 'fe80::1', 'fe80::2', 'ringpost-ab12');
  expect(parseState(await its.state(), 'ab12')).toMatchObject({ local: '10.64.0.2', local6: '2001:db8::7' });
  expect((await its.calls()).slice(-4)).toEqual([
    '-6 route flush dev ppp0 table main',
    '-6 route add unreachable default metric 4000 table 21072',
    '-6 rule add from 2001:db8::7 lookup 21072 priority 21072',
    '-6 route add default dev ppp0 table 21072',
  ]);
});

test.each([['mine'], ['ringpost-../../etc/passwd'], ['ringpost-'], ['']])(
  'a session that is not ours is left alone: %j',
  async (parameter) => {
    const its = await hook();
    for (const verb of ['ip-pre-up', 'ip-up', 'ip-down', 'ipv6-up']) {
      await its.run(verb, ...ARGUMENTS.slice(0, 5), parameter);
    }
    expect(await its.calls()).toEqual([]);
    expect(await readdir(its.directory)).not.toContain('ppp.state');
  },
);

test('the exit code is told; a link in the place of the state is replaced, never followed', async () => {
  const its = await hook();
  const victim = join(its.directory, 'victim');
  await writeFile(victim, 'untouched');
  await symlink(victim, join(its.directory, 'ppp.state'));
  await its.run('ended', 'ab12', '19');
  expect(await its.state()).toBe('session=ab12\nexit=19\n');
  expect(await readFile(victim, 'utf8')).toBe('untouched');
  await expect(its.run('ended', '../x', '0')).rejects.toMatchObject({ code: 2 });
  await expect(its.run('what')).rejects.toMatchObject({ code: 2 });
  await its.run('sweep');
});
