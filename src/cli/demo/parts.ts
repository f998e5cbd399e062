import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Observe } from '../../base/steps.ts';
import { createReplayGuard } from '../../trigger/guard.ts';
import { type BuiltDevice, buildDevice, guardPath } from '../build/device.ts';
import { type BuiltServer, buildServer } from '../build/server.ts';
import { deviceConfig } from '../config/device.ts';
import { serverConfig } from '../config/server.ts';
import type { DemoModems } from './modems.ts';

export const DEVICE = 'pocket-1';
/** A device id that a mailbox carries, but that no address book knows. */
export const STRANGER = 'nobody-7';
export const USER = { name: 'ada', password: 'demo', address: 'ada@ringpost.demo' } as const;
export const LOST_USER = { name: 'bob', password: 'demo', address: 'bob@ringpost.demo' } as const;

interface Around {
  readonly directory: string;
  readonly modems: DemoModems;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: Observe;
}

/** The server half, built from a configuration as `ringpost server` does; the file is left in the directory. */
export async function startServer(around: Around, signal: AbortSignal): Promise<BuiltServer> {
  const { directory, modems } = around;
  const written = {
    state: join(directory, 'server'),
    socket: join(directory, 'server.sock'),
    mail: {
      domain: 'ringpost.demo',
      smtp_port: 0,
      imap_port: 0,
      users: [
        { name: USER.name, password: USER.password, addresses: [USER.address], device: DEVICE },
        {
          name: LOST_USER.name,
          password: LOST_USER.password,
          addresses: [LOST_USER.address],
          device: STRANGER,
        },
      ],
    },
    broker: { port: 0 },
    message_server: {
      modem: { port: modems.ports.server },
      interval: '0s',
      ring: '8s',
      triggers_per_hour: 1000,
    },
  };
  await writeToml(join(directory, 'server.toml'), written);
  return buildServer(serverConfig.parse(written), { ...around, openLine: modems.openLine }, signal);
}

/** The handheld, built from a configuration as `ringpost device` does; the file is left in the directory. */
export async function startDevice(around: Around, server: BuiltServer, secret: string): Promise<BuiltDevice> {
  const { directory, modems } = around;
  const ca = join(directory, 'server', 'tls', 'localhost.crt');
  const written = {
    device: DEVICE,
    state: join(directory, 'device'),
    socket: join(directory, 'device.sock'),
    mail: join(directory, 'Mail'),
    modem: { port: modems.ports.device, serial_log: join(directory, 'serial.log') },
    imap: { host: 'localhost', port: server.mail?.imapPort, user: USER.name, password: USER.password, ca },
    message_server: { host: 'localhost', port: server.broker?.port, ca },
    trigger: { keys: [{ id: 1, secret }], callers: ['+9990000001'] },
    budget: { sessions_per_hour: 1000, sessions_per_day: 1000, call_sessions_per_hour: 100 },
  };
  await writeToml(join(directory, 'device.toml'), written);
  const config = deviceConfig.parse(written);
  await createReplayGuard(guardPath(config));
  return buildDevice(config, {
    ...around,
    openLine: modems.openLine,
    policy: { settings: { on: true, intervalSeconds: 0 } },
  });
}

/** Mode 0600, as a configuration with secrets must be. */
export async function writeToml(path: string, content: object): Promise<void> {
  await writeFile(path, stringify(JSON.parse(JSON.stringify(content))), { mode: 0o600 });
}
