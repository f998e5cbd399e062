import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { serveControl } from '../../src/base/control.ts';
import { Disposables } from '../../src/base/disposables.ts';
import { silentLog } from '../../src/base/log.ts';
import { buildDevice } from '../../src/cli/build/device.ts';
import { serverHandlers } from '../../src/cli/build/server-handlers.ts';
import { keys } from '../../src/cli/commands/keys.ts';
import { loadDevice } from '../../src/cli/config/device-file.ts';
import { NUMBERS } from '../../src/cli/demo/modems.ts';
import { DEVICE, serverTable, writeToml } from '../../src/cli/demo/parts.ts';
import { runInBackground } from '../../src/cli/demo/world.ts';
import { deviceHandlers } from '../../src/device/handlers.ts';
import { keyHandlers } from '../../src/device/key-handlers.ts';
import { runCommand } from '../support/in-process.ts';
import { ordinaryClient } from '../support/ordinary-client.ts';
import { layOut, type System } from '../support/system.ts';

/** Server up, its control socket served, server.toml with the ports that it really has. */
async function servedSystem() {
  const system = await layOut();
  const server = await system.startServer();
  const table = serverTable(system);
  const names = { imap_port: server.mail!.imapPort, mqtt_port: server.broker!.port };
  const config = join(system.directory, 'server.toml');
  await writeToml(config, { ...table, public: names });
  const control = await serveControl(table.socket, serverHandlers(server), { log: silentLog });
  onTestFinished(() => control[Symbol.asyncDispose]());
  return { system, config };
}

/** A device.toml with modem and paths, and nothing of the server. */
async function bareDevice({ directory, modems }: System) {
  const file = join(directory, 'device.toml');
  await writeToml(file, {
    state: join(directory, 'device'),
    socket: join(directory, 'device.sock'),
    mail: join(directory, 'Mail'),
    modem: { port: modems.ports.device },
    link: { kind: 'sockets' },
  });
  return file;
}

/** The agent as `ringpost device` runs it, with its control socket. */
async function runAgent(system: System, file: string) {
  const owned = new Disposables();
  onTestFinished(() => owned[Symbol.asyncDispose]());
  const loaded = await loadDevice(file);
  const since = system.timeline.mark();
  const around = {
    clock: systemClock,
    log: silentLog,
    observe: system.timeline.observer('device'),
    openLine: system.modems.openLine,
    policy: { settings: { on: true, intervalSeconds: 0 } },
  };
  const built = await buildDevice(loaded.config, around, loaded);
  runInBackground(built, owned).catch(() => {});
  const handlers = { ...deviceHandlers(built.device), ...keyHandlers(built.keyring) };
  owned.use(await serveControl(loaded.config.socket, handlers, { log: silentLog }));
  await system.timeline.expect('listening', { since });
  return { built, stop: () => owned[Symbol.asyncDispose]() };
}

async function delivered(system: System, subject: string) {
  const since = system.timeline.mark();
  const sent = await system.send(subject);
  await system.arrives(sent);
  await system.sessionOver(since);
}

async function enrolled(config: string): Promise<string> {
  const { code, out, err } = await runCommand(
    keys,
    'enrol',
    DEVICE,
    '--number',
    NUMBERS.device,
    '-c',
    config,
  );
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('shown this once') });
  return out.trim();
}

test('enrolled and accepted, a device.toml with modem and paths is enough for mail to arrive', async () => {
  const { system, config } = await servedSystem();
  const file = await bareDevice(system);
  const text = await enrolled(config);
  expect(text).toMatch(/^ringpost:1:\S+$/);

  await expect(loadDevice(file)).rejects.toThrow(/ringpost keys accept/);
  const cut = await runCommand(keys, 'accept', text.slice(0, -5), '-c', file);
  expect(cut).toMatchObject({ code: 1, err: expect.stringContaining('cut off') });
  await expect(stat(join(system.directory, 'device', 'enrolment.json'))).rejects.toThrow();

  const accepted = await runCommand(keys, 'accept', text, '-c', file);
  expect(accepted).toMatchObject({ code: 0, out: expect.stringContaining(`${DEVICE}: enrolled`) });
  expect((await stat(join(system.directory, 'device', 'enrolment.json'))).mode & 0o777).toBe(0o600);
  await runAgent(system, file);
  await delivered(system, 'Enrolled');
  // The user's own password is not on the handheld.
  const kept = await readFile(join(system.directory, 'device', 'enrolment.json'), 'utf8');
  expect(JSON.parse(kept).servers.mail).toMatchObject({
    user: 'ada',
    password: expect.not.stringMatching('demo'),
  });

  const again = await runCommand(keys, 'accept', text, '-c', file);
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('nothing changed') });
  const twice = await runCommand(keys, 'enrol', DEVICE, '--number', NUMBERS.device, '-c', config);
  expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('keys rotate') });
});

test('a key is exchanged without a missed trigger, and a revoked device is rung and let in no more', async () => {
  const { system, config } = await servedSystem();
  const file = await bareDevice(system);
  const text = join(system.directory, 'text');
  await writeFile(text, await enrolled(config));
  await runCommand(keys, 'accept', '--file', text, '-c', file);
  const { built, stop } = await runAgent(system, file);
  await delivered(system, 'Under the first key');
  const book = () => system.server.addressBook.find(DEVICE);
  const held = () => built.keyring.keys.map(({ id }) => id);

  const next = (await runCommand(keys, 'rotate', DEVICE, '-c', config)).out.trim();
  expect([book()?.key.id, book()?.next?.id]).toEqual([1, 2]);
  await delivered(system, 'The device does not know of the next key');
  expect(book()?.key.id).toBe(1);

  expect(await runCommand(keys, 'accept', next, '-c', file)).toMatchObject({ code: 0 });
  expect(held()).toEqual([2, 1]);
  await delivered(system, 'Sealed with the first, and the device shows the second');
  expect([book()?.key.id, book()?.next]).toEqual([2, undefined]);
  expect(held()).toEqual([2, 1]);
  await delivered(system, 'Sealed with the second');
  expect(held()).toEqual([2]);
  await delivered(system, 'The first is forgotten');

  const rung = system.happened('sms-submitted').length;
  const { imap } = (await loadDevice(file)).config;
  const thief = await ordinaryClient(system, imap.password);
  const sentAway = new Promise((resolve) => thief.once('close', resolve));
  expect(await runCommand(keys, 'revoke', DEVICE, '-c', config)).toMatchObject({ code: 0 });
  await sentAway;
  const since = system.timeline.mark();
  await system.send('To a lost handheld');
  await system.timeline.expect('refused', { since });
  expect(system.happened('sms-submitted')).toHaveLength(rung);
  // The mail server lets it wait for its refusal, the test does not.
  const sync = built.device.syncNow();
  sync.catch(() => {});
  const answer = await system.timeline.expect('request', { since });
  expect(answer.text).toMatch(/MQTT CONNECT .* refused/);
  await system.until(() =>
    expect(system.logged('server')).toContainEqual(expect.objectContaining({ msg: 'IMAP log-in refused' })),
  );
  expect(await system.mails()).toHaveLength(5);
  await stop();
  await expect(sync).rejects.toThrow();
});
