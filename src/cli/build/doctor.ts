import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asError } from '../../base/errors.ts';
import type { Patient, Peer } from '../../device/doctor/room.ts';
import { openAtChannel } from '../../modem/channel.ts';
import { loadProfile } from '../../modem/profile.ts';
import { volatilePinMemory } from '../../modem/sim.ts';
import type { DeviceConfig } from '../config/device.ts';
import type { ModemConfig } from '../config/parts.ts';
import { type DeviceSurroundings, deviceBus, keysOf, mailParts, openConfiguredRadio, pem } from './device.ts';
import { configuredPorts } from './ports.ts';
import { configuredReviver } from './power.ts';
import { openConfiguredLine } from './radio.ts';

/** What the doctor examines, and what it leaves behind nothing of. */
export interface Examination extends AsyncDisposable {
  readonly patient: Patient;
}

export interface ExaminationOptions extends DeviceSurroundings {
  readonly root: string;
  /** See `Patient.ownNumber`. */
  readonly ownNumber: string | null | undefined;
}

/** Builds it from the configuration of the agent, with a scratch directory in place of the agent's state. */
export async function buildExamination(
  config: DeviceConfig,
  around: ExaminationOptions,
): Promise<Examination> {
  const { clock, log } = around;
  const { modem, portFound } = await portOf(config.modem, around.root);
  const reviver = await configuredReviver(modem, around);
  const open = (signal: AbortSignal) => (around.openLine ?? openConfiguredLine)(modem, signal);
  const state = await mkdtemp(join(tmpdir(), 'ringpost-doctor-'));
  const scratch = { ...config, modem, state };
  const keys = keysOf(config);
  const mail = await mailParts(scratch, around);
  const busCa = await pem(config.message_server.ca);
  const patient: Patient = {
    root: around.root,
    port: modem.port,
    portFound,
    openLine: (signal) => (reviver ? reviver.open(open, signal) : open(signal)),
    openChannel: (line) => openAtChannel({ line, clock, log }),
    profile: modem.profile === undefined ? undefined : await loadProfile(modem.profile),
    pin: modem.pin,
    pinMemory: volatilePinMemory(),
    openRadio: (signal) => openConfiguredRadio(scratch, { ...around, reviver }, signal),
    messageServer: await peerOf(config.message_server, config.message_server.tls),
    mailServer: await peerOf(config.imap, config.imap.security === 'tls'),
    connectBus: (link, signal) => deviceBus(config, keys, { link, ca: busCa, clock, log }, signal),
    openMail: (link, signal) => mail.open(link, signal),
    mailboxes: config.imap.mailboxes,
    ownNumber: around.ownNumber,
    clock,
    log,
  };
  return {
    patient,
    async [Symbol.asyncDispose]() {
      await reviver?.[Symbol.asyncDispose]();
      await rm(state, { recursive: true, force: true });
    },
  };
}

/** With `port = "auto"` what was found; when nothing was, the stage `port` says so and the later ones are skipped. */
async function portOf(modem: ModemConfig, root: string) {
  try {
    const { port, dataPort, how } = await configuredPorts(modem, root);
    return { modem: { ...modem, port, data_port: dataPort }, portFound: how };
  } catch (error) {
    return { modem, portFound: asError(error) };
  }
}

interface ConfiguredPeer {
  readonly host: string;
  readonly port: number;
  readonly ca?: string | undefined;
  readonly servername?: string | undefined;
}

async function peerOf({ host, port, ca, servername }: ConfiguredPeer, tls: boolean): Promise<Peer> {
  return { host, port, tls: tls ? { ca: await pem(ca), servername } : undefined };
}
