import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { codeOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Observe } from '../../base/steps.ts';
import { type Bus, BusError } from '../../bus/bus.ts';
import { connectBus } from '../../bus/connect-bus.ts';
import { devicePassword } from '../../bus/device-password.ts';
import { type Device, openDevice } from '../../device/agent.ts';
import { guardFile, openEnrolment } from '../../device/enrolled.ts';
import { Keyring } from '../../device/keyring.ts';
import type { MailParts, Radio, SyncJob } from '../../device/parts.ts';
import { defaultPolicy, type Policy } from '../../device/policy.ts';
import { runDevice } from '../../device/run.ts';
import { BUILT } from '../../device/state/time.ts';
import type { Link } from '../../link/link.ts';
import { ownNetwork } from '../../link/own-network.ts';
import { imapSession } from '../../mail/imap/open-session.ts';
import { submitOutbox } from '../../mail/outbox/submit.ts';
import { synchronise } from '../../mail/sync/synchronise.ts';
import { openReplayGuard } from '../../trigger/guard.ts';
import type { TriggerKey } from '../../trigger/key.ts';
import type { DeviceConfig } from '../config/device.ts';
import type { LoadedDevice } from '../config/device-file.ts';
import { linkOpener } from './link.ts';
import { configuredReviver } from './power.ts';
import { type OpenLine, openConfiguredModem, type RadioParts } from './radio.ts';

/** What the process gives; `openLine` replaces the serial port where there is none. */
export interface DeviceSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: Observe;
  readonly openLine?: OpenLine | undefined;
  /** Where `[modem] port = "auto"` looks for `/sys`, `/proc` and `/dev`; default `/`. */
  readonly root?: string | undefined;
  /** Changes to the policy that the configuration leads to; for tests and the demo. */
  readonly policy?: Partial<Policy> | undefined;
}

export interface BuiltDevice {
  readonly device: Device;
  readonly keyring: Keyring;
  /** Serves until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** Where the replay counters are; made by `ringpost keys accept`. */
export const guardPath = (config: DeviceConfig) => guardFile(config.state);

/** Builds the agent from its configuration, and from what `loadDevice` found beside it. */
export async function buildDevice(
  config: DeviceConfig,
  around: DeviceSurroundings,
  loaded?: Pick<LoadedDevice, 'enrolment' | 'configured'>,
): Promise<BuiltDevice> {
  const { clock, observe } = around;
  const log = around.log.child({ room: 'device' });
  const busCa = await pem(config.message_server.ca);
  const guard = await openReplayGuard(guardPath(config));
  const enrolment = loaded?.enrolment ?? (await openEnrolment(config.state));
  const keyring = new Keyring(enrolment, loaded?.configured ?? keysOf(config), guard);
  await enrolment.remember(keyring.keys);
  const device = await openDevice({
    device: config.device,
    get keys() {
      return keyring.keys;
    },
    guard,
    callers: config.trigger.callers,
    mail: await mailParts(config, around),
    connectBus: (link, signal) =>
      deviceBus(config, keyring, { link, ca: busCa, clock, log: around.log }, signal),
    openOwnNetwork: ownNetwork(clock),
    state: config.state,
    clock,
    log,
    observe,
    policy: { ...policyOf(config), ...around.policy },
  });
  const run = async (signal: AbortSignal) => {
    await using reviver = await configuredReviver(config.modem, around);
    const openRadio = (over: AbortSignal) => openConfiguredRadio(config, { ...around, reviver }, over);
    await runDevice({ device, openRadio, clock, log, observe }, signal);
  };
  return { device, keyring, run };
}

/** The configured modem with its data sessions. */
export async function openConfiguredRadio(
  config: DeviceConfig,
  around: DeviceSurroundings & Pick<RadioParts, 'reviver'>,
  signal: AbortSignal,
): Promise<Radio> {
  const opened = await openConfiguredModem(
    config.modem,
    { ...around, sleeps: true, state: config.state },
    signal,
  );
  const { modem, channel, power } = opened;
  try {
    const openLink = linkOpener(config, { modem, channel, power, clock: around.clock, log: around.log });
    return { modem, openLink, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** How the agent reaches the mail server and keeps its copy. */
export async function mailParts(config: DeviceConfig, around: DeviceSurroundings): Promise<MailParts> {
  const { imap, state, mail, budget } = config;
  const log = around.log.child({ room: 'mail' });
  const { clock } = around;
  const tls = {
    mode: imap.security === 'tls' ? 'implicit' : 'starttls',
    ca: await pem(imap.ca),
    servername: imap.servername,
  } as const;
  const { host, port, user, password } = imap;
  const account = { host, port, user, password, tls };
  const profilePath = join(state, 'imap-profile.json');
  return {
    outbox: await outboxPart(config, { ...around, log }),
    open: (link, signal) =>
      imapSession({
        account,
        profilePath,
        clock,
        // A certificate that fails on a clock before that is the clock's fault, and is called so.
        clockFloor: BUILT,
        log,
        connect: (h, p) => link.connect(h, p),
      })(signal),
    synchronise: (job: SyncJob) =>
      synchronise({
        open: job.open,
        opening: Promise.resolve(job.session),
        root: mail,
        registry: join(state, 'mailboxes.json'),
        targets:
          job.targets?.map((target) => ({ mailbox: target.mailbox, target })) ??
          imap.mailboxes.map((mailbox) => ({ mailbox })),
        hint: job.hint,
        mailboxes: imap.mailboxes,
        budgetBytes: budget.initial_download,
        ...(job.cheap ? {} : { sessionBytes: budget.session, wholeUpTo: budget.whole_up_to }),
        consent: job.consent || job.cheap,
        fetch: job.cheap ? [{ which: 'all' }] : job.fetch,
        acceptDeletions: job.acceptDeletions,
        clock,
        log,
        signal: job.signal,
      }),
  };
}

/** How mail that the user wrote is submitted; undefined without `[smtp]`. */
async function outboxPart(
  { smtp, imap, mail: root, state }: DeviceConfig,
  { clock, log }: Pick<DeviceSurroundings, 'clock' | 'log'>,
): Promise<MailParts['outbox']> {
  if (!smtp) return undefined;
  const mode = smtp.security === 'tls' ? 'implicit' : 'starttls';
  const { host, port = mode === 'implicit' ? 465 : 587, sender, servername, sent: sentMailbox } = smtp;
  const { user = imap.user, password = imap.password } = smtp;
  const tls = { mode, ca: await pem(smtp.ca), servername } as const;
  const account = { host, port, user, password, tls, sender };
  return (link, signal) =>
    submitOutbox({
      root,
      connect: (h, p) => link.connect(h, p),
      account,
      sentMailbox,
      registry: join(state, 'mailboxes.json'),
      clock,
      clockFloor: BUILT,
      log,
      signal,
    });
}

interface BusSurroundings {
  readonly link: Link;
  readonly ca: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keys whose passwords may let the device in. */
export interface BusKeys {
  readonly candidates: readonly TriggerKey[];
  opened?(key: TriggerKey): Promise<void>;
}

/**
 * One MQTT connection for one session, through its data session. While a key is exchanged, the broker may know the
 * password of one or of the other: what one is refused with, the next is tried with.
 */
export async function deviceBus(
  { device, message_server: server }: DeviceConfig,
  keyring: BusKeys,
  { link, ca, clock, log }: BusSurroundings,
  signal: AbortSignal,
): Promise<Bus> {
  const connect = (password: string) =>
    connectBus(
      {
        open: () => link.connect(server.host, server.port),
        tls: server.tls ? { ca, servername: server.servername ?? server.host } : undefined,
        clientId: device,
        user: device,
        password,
        clock,
        log: log.child({ room: 'bus' }),
        keepaliveSeconds: 0,
        reconnect: false,
      },
      signal,
    );
  if (server.password !== undefined) return connect(server.password);
  const { candidates } = keyring;
  for (const [index, key] of candidates.entries()) {
    try {
      return await admitted(await connect(devicePassword(key.secret)), key, keyring);
    } catch (error) {
      if (codeOf(error) !== 'bus-refused' || index === candidates.length - 1) throw error;
      log.warn({ err: error, key: key.id }, 'The password of this key was refused, trying that of the next');
    }
  }
  throw new BusError('no key to log in at the message server with', { code: 'bus-refused' });
}

async function admitted(bus: Bus, key: TriggerKey, keyring: BusKeys): Promise<Bus> {
  try {
    await keyring.opened?.(key);
    return bus;
  } catch (error) {
    await bus[Symbol.asyncDispose]();
    throw error;
  }
}

/** The trigger keys of the configuration. */
export function keysOf({ trigger }: DeviceConfig): TriggerKey[] {
  return trigger.keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret, 'hex') }));
}

function policyOf({ budget, session }: DeviceConfig): Policy {
  const { sessions_per_hour, sessions_per_day, call_sessions_per_hour, bytes_per_day } = budget;
  return {
    ...defaultPolicy,
    sessionMs: session.deadline * 1000,
    fallBack: session.fall_back,
    pollMs: session.poll * 1000,
    budget: {
      ...defaultPolicy.budget,
      sessionsPerHour: sessions_per_hour,
      sessionsPerDay: sessions_per_day,
      bytesPerDay: bytes_per_day,
    },
    callBudget: { ...defaultPolicy.callBudget, sessionsPerHour: call_sessions_per_hour },
  };
}

/** The text of a PEM file, where one is configured. */
export async function pem(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8');
}
