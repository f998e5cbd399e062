import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import type { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Observe } from '../../base/steps.ts';
import type { Policy as DevicePolicy } from '../../device/policy.ts';
import type { Policy as ServerPolicy } from '../../server/message/policy.ts';
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

/** A configuration as it is written, before defaults. */
export type ServerTable = z.input<typeof serverConfig>;
export type DeviceTable = z.input<typeof deviceConfig>;

interface Around<Policy> {
  readonly directory: string;
  readonly modems: Pick<DemoModems, 'ports' | 'openLine'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: Observe;
  readonly policy?: Partial<Policy>;
}

/** The server half in one process: mail server, broker and message server. */
export function serverTable({ directory, modems }: Pick<Around<unknown>, 'directory' | 'modems'>) {
  return {
    state: join(directory, 'server'),
    socket: join(directory, 'server.sock'),
    mail: {
      domain: 'ringpost.demo',
      smtp_port: 0,
      imap_port: 0,
      users: [account(USER, DEVICE), account(LOST_USER, STRANGER)],
    },
    broker: { port: 0 },
    message_server: {
      modem: { port: modems.ports.server },
      interval: '0s',
      ring: '8s',
      triggers_per_hour: 1000,
    },
  } satisfies ServerTable;
}

/** The server half, built from a configuration as `ringpost server` does; the file is left in the directory. */
export async function startServer(
  around: Around<ServerPolicy>,
  signal: AbortSignal,
  table: ServerTable = serverTable(around),
): Promise<BuiltServer> {
  await writeToml(join(around.directory, 'server.toml'), table);
  return buildServer(serverConfig.parse(table), { ...around, openLine: around.modems.openLine }, signal);
}

/** Where the servers of a handheld listen, and its key. */
export interface Servers {
  readonly imapPort: number;
  readonly mqttPort: number;
  readonly secret: string;
}

/** The handheld of `USER`. */
export function deviceTable(
  { directory, modems }: Pick<Around<unknown>, 'directory' | 'modems'>,
  { imapPort, mqttPort, secret }: Servers,
) {
  const ca = join(directory, 'server', 'tls', 'localhost.crt');
  return {
    device: DEVICE,
    state: join(directory, 'device'),
    socket: join(directory, 'device.sock'),
    mail: join(directory, 'Mail'),
    modem: { port: modems.ports.device, serial_log: join(directory, 'serial.log') },
    link: { kind: 'sockets' as const },
    imap: { host: 'localhost', port: imapPort, user: USER.name, password: USER.password, ca },
    message_server: { host: 'localhost', port: mqttPort, ca },
    trigger: { keys: [{ id: 1, secret }], callers: ['+9990000001'] },
    budget: { sessions_per_hour: 1000, sessions_per_day: 1000, call_sessions_per_hour: 100 },
  } satisfies DeviceTable;
}

/** The handheld, built from a configuration as `ringpost device` does; the file is left in the directory. */
export async function startDevice(around: Around<DevicePolicy>, table: DeviceTable): Promise<BuiltDevice> {
  await writeToml(join(around.directory, 'device.toml'), table);
  return buildDevice(deviceConfig.parse(table), { ...around, openLine: around.modems.openLine });
}

/** What `ringpost keys accept` does, once in a handheld's life. */
export async function acceptKeys(table: DeviceTable): Promise<void> {
  await createReplayGuard(guardPath(deviceConfig.parse(table)));
}

function account({ name, password, address }: typeof USER | typeof LOST_USER, device: string) {
  return { name, password, addresses: [address], device };
}

/** Mode 0600, as a configuration with secrets must be. */
export async function writeToml(path: string, content: object): Promise<void> {
  await writeFile(path, stringify(JSON.parse(JSON.stringify(content))), { mode: 0o600 });
}
