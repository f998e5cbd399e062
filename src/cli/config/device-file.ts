import { z } from 'zod';
import { checkConfig } from '../../base/config.ts';
import type { Enrolled, EnrolmentStore, StoredServer } from '../../device/enrolled.ts';
import { openEnrolment } from '../../device/enrolled.ts';
import type { TriggerKey } from '../../trigger/key.ts';
import { type DeviceConfig, deviceConfig } from './device.ts';
import { readSecretTable, STAND_IN } from './load.ts';
import { keyHex, path } from './parts.ts';

/** Where the agent keeps its state, where device.toml does not say. */
const STATE = path.default('/var/lib/ringpost/device');
/** As far as it must be understood before the rest is filled in. */
const beginning = z.looseObject({
  state: STATE,
  trigger: z
    .looseObject({ keys: z.array(z.looseObject({ id: z.int(), secret: keyHex })).default([]) })
    .prefault({}),
});

export interface LoadedDevice {
  readonly config: DeviceConfig;
  readonly enrolment: EnrolmentStore;
  /** The keys that stand in the file itself. */
  readonly configured: readonly TriggerKey[];
}

/**
 * Reads device.toml; what it leaves out comes from the enrolment in the state directory, key by key, so that a device that
 * was enrolled needs modem and paths only. `trigger.keys` are those of both.
 */
export async function loadDevice(file: string | undefined, standIn?: string): Promise<LoadedDevice> {
  const { table, issues, path: from } = await readSecretTable(file, standIn);
  const { enrolment, configured } = await openBeginning(table);
  const filled = enrolment ? fillIn(table, enrolment, configured) : table;
  const config = checkConfig(from, filled, deviceConfig, issues);
  return { config, enrolment: enrolment ?? (await openEnrolment(config.state)), configured };
}

/** For commands that need no secret of it. */
export async function loadDeviceConfig(file: string | undefined): Promise<DeviceConfig> {
  return (await loadDevice(file, STAND_IN)).config;
}

/** State and keys of device.toml, before anything was accepted. */
export async function loadForAccept(file: string | undefined) {
  const { table, issues, path: from } = await readSecretTable(file);
  const rest = checkConfig(
    from,
    table,
    beginning.extend({ device: deviceConfig.shape.device.optional(), socket: deviceConfig.shape.socket }),
    issues,
  );
  const configured = rest.trigger.keys.map(asKey);
  return { state: rest.state, socket: rest.socket, device: rest.device, configured };
}

async function openBeginning(table: unknown) {
  const read = beginning.safeParse(table);
  if (!read.success) return { enrolment: undefined, configured: [] };
  return { enrolment: await openEnrolment(read.data.state), configured: read.data.trigger.keys.map(asKey) };
}

type Table = Record<string, unknown>;

function fillIn(table: unknown, store: EnrolmentStore, configured: readonly TriggerKey[]): unknown {
  const written = table as Table;
  const { device, servers } = store.data;
  const keys = store
    .keys(configured)
    .map(({ id, secret }) => ({ id, secret: Buffer.from(secret).toString('hex') }));
  const sections = sectionsOf(servers);
  const filled = Object.entries(sections).flatMap(([name, section]) =>
    section ? [[name, { ...section, ...asTable(written[name]) }]] : [],
  );
  return {
    ...(device !== null && { device }),
    ...written,
    ...Object.fromEntries(filled),
    ...(keys.length > 0 && { trigger: { ...asTable(written.trigger), keys } }),
  };
}

function sectionsOf(servers: Enrolled['servers']): Record<string, Table | undefined> {
  if (!servers) return {};
  const { message, mail, submission } = servers;
  const { security, user: _, ...messageServer } = message;
  return {
    message_server: { ...messageServer, tls: security !== 'none' },
    imap: sectionOf(mail),
    smtp: submission && sectionOf(submission),
  };
}

function sectionOf(server: StoredServer): Table {
  return { security: 'tls', ...server };
}

function asTable(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}

function asKey({ id, secret }: { id: number; secret: string }): TriggerKey {
  return { id, secret: Buffer.from(secret, 'hex') };
}
