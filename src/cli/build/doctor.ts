import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Disposables } from '../../base/disposables.ts';
import { asError } from '../../base/errors.ts';
import type { Patient, Peer } from '../../device/doctor/room.ts';
import { openAtChannel } from '../../modem/channel.ts';
import { loadProfile } from '../../modem/profile.ts';
import { volatilePinMemory } from '../../modem/sim.ts';
import type { DeviceConfig } from '../config/device.ts';
import type { ModemConfig } from '../config/parts.ts';
import { type DeviceSurroundings, deviceBus, keysOf, mailParts, openConfiguredRadio, pem } from './device.ts';
import { configuredPorts, withPorts } from './ports.ts';
import { configuredReviver } from './power.ts';
import { openConfiguredLine, type RadioParts } from './radio.ts';

/** What the doctor examines, and what it leaves behind nothing of. */
export interface Examination extends AsyncDisposable {
  readonly patient: Patient;
}

export interface ExaminationOptions extends DeviceSurroundings {
  readonly root: string;
  /** See `Patient.ownNumber`. */
  readonly ownNumber: string | null | undefined;
}

type Surroundings = ExaminationOptions & Pick<RadioParts, 'reviver'>;

/** Builds it from the configuration of the agent, with a scratch directory in place of the agent's state. */
export async function buildExamination(
  config: DeviceConfig,
  around: ExaminationOptions,
  signal: AbortSignal,
): Promise<Examination> {
  const owned = new Disposables();
  try {
    const reviver = await configuredReviver(config.modem, around);
    if (reviver) owned.use(reviver);
    const state = await mkdtemp(join(tmpdir(), 'ringpost-doctor-'));
    owned.use({ [Symbol.asyncDispose]: () => rm(state, { recursive: true, force: true }) });
    const patient = await patientOf({ ...config, state }, { ...around, reviver }, signal);
    return { patient, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
  } catch (error) {
    await owned[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

async function patientOf(config: DeviceConfig, around: Surroundings, signal: AbortSignal): Promise<Patient> {
  const { clock, log, reviver } = around;
  const { modem } = config;
  const open = lineOpener(modem, around);
  const { port, found } = await portOf(modem, around, signal);
  const keys = keysOf(config);
  const mail = await mailParts(config, around);
  const busCa = await pem(config.message_server.ca);
  return {
    root: around.root,
    port,
    portFound: found,
    openLine: (over) => (reviver ? reviver.open(open, over) : open(over)),
    openChannel: (line) => openAtChannel({ line, clock, log }),
    profile: modem.profile === undefined ? undefined : await loadProfile(modem.profile),
    pin: modem.pin,
    pinMemory: volatilePinMemory(),
    openRadio: (over) => openConfiguredRadio(config, around, over),
    messageServer: await peerOf(config.message_server, config.message_server.tls),
    mailServer: await peerOf(config.imap, config.imap.security === 'tls'),
    connectBus: (link, signal) =>
      deviceBus(config, { candidates: keys }, { link, ca: busCa, clock, log }, signal),
    openMail: (link, signal) => mail.open(link, signal),
    mailboxes: config.imap.mailboxes,
    ownNumber: around.ownNumber,
    clock,
    log,
  };
}

/** Ports that are found may have other names once the modem has its power. */
function lineOpener(modem: ModemConfig, { openLine = openConfiguredLine, root, log }: Surroundings) {
  return async (signal: AbortSignal) => openLine(await withPorts(modem, root, log), signal);
}

/**
 * With `port = "auto"` what was found; when nothing was, the stage `port` says so and the later ones are skipped. A USB modem
 * shows its ports only once it has power; where there is a port, its holder must be looked for before power is touched.
 */
async function portOf(modem: ModemConfig, around: Surroundings, signal: AbortSignal) {
  const look = async () => {
    const { port, how } = await configuredPorts(modem, around.root);
    return { port, found: how };
  };
  const nothing = (error: unknown) => ({ port: modem.port, found: asError(error) });
  const first = await look().catch(nothing);
  if (!(first.found instanceof Error) || !around.reviver) return first;
  const line = await around.reviver.open(lineOpener(modem, around), signal).catch(() => undefined);
  signal.throwIfAborted();
  await line?.close();
  return look().catch(nothing);
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
