import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { Disposables } from '../../base/disposables.ts';
import type { Log } from '../../base/log.ts';
import type { Observe } from '../../base/steps.ts';
import type { Broker } from '../../bus/broker.ts';
import type { Bus } from '../../bus/bus.ts';
import type { CredentialStores } from '../../server/credentials.ts';
import type { SmsGateway } from '../../server/gateways/gateway.ts';
import { openDevicePasswords } from '../../server/mail/device-passwords.ts';
import type { MailServer } from '../../server/mail/mail-server.ts';
import { type AddressBook, openAddressBook } from '../../server/message/address-book.ts';
import type { MessageServer } from '../../server/message/message-server.ts';
import type { Policy } from '../../server/message/policy.ts';
import { type SettingsAgent, startSettingsAgent } from '../../server/settings/settings-agent.ts';
import { startTriggerAgent, type TriggerAgent } from '../../server/trigger-agent.ts';
import type { Watcher } from '../../server/watcher/watcher.ts';
import { type Certificate, serverCertificate } from '../certificate.ts';
import { rolesOf } from '../config/server/roles.ts';
import type { ServerConfig } from '../config/server.ts';
import { ServerBuses } from './buses.ts';
import { startMail, watchStore } from './mail.ts';
import { startMessages } from './message.ts';
import type { OpenLine } from './radio.ts';
import { startWatch } from './watch.ts';

export interface ServerSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: Observe;
  readonly openLine?: OpenLine | undefined;
  /** Changes to the message server's policy; for tests and the demo. */
  readonly policy?: Partial<Policy> | undefined;
}

/** The parts that the configuration has a section for. Disposing stops them, the last one first. */
export interface BuiltServer extends AsyncDisposable {
  readonly certificate: Certificate;
  readonly addressBook: AddressBook;
  readonly credentials: CredentialStores;
  readonly mail: MailServer | undefined;
  readonly agent: TriggerAgent | undefined;
  /** The mail server's side of the settings; where the trigger agent runs. */
  readonly settings: SettingsAgent | undefined;
  readonly watcher: Watcher | undefined;
  /** Where pushes of the IMAP server are taken. */
  readonly pushPort: number | undefined;
  readonly broker: Broker | undefined;
  readonly messageServer: MessageServer | undefined;
  /** Of the message server. */
  readonly gateways: readonly SmsGateway[];
  /** Resolves, with the error, when a part is lost that the process cannot work without: the modem, the broker. */
  readonly lost: Promise<Error | undefined>;
}

/** The address book of a server. */
export const addressBookPath = (config: ServerConfig) => join(config.state, 'address-book.json');

/** Opens what a server keeps of its devices' credentials. One process owns it. */
export async function openCredentials(config: ServerConfig): Promise<CredentialStores> {
  const addressBook = await openAddressBook(addressBookPath(config));
  const passwords = join(config.state, 'mail-passwords.json');
  return { addressBook, devicePasswords: config.mail && (await openDevicePasswords(passwords)) };
}

/** Starts what the configuration names; throws what a part could not do, with everything stopped again. */
export async function buildServer(
  config: ServerConfig,
  around: ServerSurroundings,
  signal: AbortSignal,
): Promise<BuiltServer> {
  const owned = new Disposables();
  try {
    return await start(config, around, owned, signal);
  } catch (error) {
    await owned[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

async function start(
  config: ServerConfig,
  around: ServerSurroundings,
  owned: Disposables,
  signal: AbortSignal,
): Promise<BuiltServer> {
  const certificate = await serverCertificate(join(config.state, 'tls'), config.tls);
  const { addressBook, devicePasswords } = await openCredentials(config);
  const buses = owned.use(new ServerBuses(config, { ...around, certificate, addressBook }));
  const broker = await buses.startBroker();
  const mail =
    config.mail &&
    owned.use(await startMail(config.mail, { ...around, certificate, devicePasswords, state: config.state }));
  // Before what the agents have to tell it, which it would otherwise hear at their second try only.
  const message =
    config.message_server &&
    (await startMessages(
      config.message_server,
      { ...around, state: config.state, addressBook, buses, owned },
      signal,
    ));
  const bus = rolesOf(config).has('mail-server') ? await buses.connect('mail-server', signal) : undefined;
  const agent = bus && owned.use(await startAgent(config, around, bus));
  const settings = bus && owned.use(await startSettings(config, around, bus));
  if (mail && agent) owned.use(await watchStore(mail, agent, { ...around, users: config.mail?.users ?? [] }));
  const watch =
    config.watch &&
    agent &&
    (await startWatch(config.watch, agent, { ...around, state: config.state, certificate, owned }, signal));
  buses.letIn();
  for (const mailboxes of [mail?.mailboxes, watch?.watcher]) if (mailboxes) settings?.follow(mailboxes);
  const losses = [buses.lost, ...(message?.lost ?? [])];
  return {
    certificate,
    addressBook,
    credentials: {
      addressBook,
      devicePasswords,
      disconnect: (device) => {
        broker?.disconnect(device);
        mail?.sendAwayRevoked();
      },
    },
    mail,
    agent,
    settings,
    watcher: watch?.watcher,
    pushPort: watch?.push?.port,
    broker,
    messageServer: message?.server,
    gateways: message?.gateways ?? [],
    lost: Promise.race(losses),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Also without a mail server of our own: `ringpost trigger` hands it what another one stored. */
async function startAgent(
  config: ServerConfig,
  { clock, log, observe }: ServerSurroundings,
  bus: Bus,
): Promise<TriggerAgent> {
  const stateDirectory = join(config.state, 'triggers');
  return startTriggerAgent({
    bus,
    stateDirectory,
    clock,
    log: log.child({ room: 'trigger-agent' }),
    observe,
  });
}

async function startSettings(
  config: ServerConfig,
  { clock, log, observe }: ServerSurroundings,
  bus: Bus,
): Promise<SettingsAgent> {
  const stateDirectory = join(config.state, 'settings');
  const child = log.child({ room: 'settings' });
  const agent = await startSettingsAgent({ bus, stateDirectory, clock, log: child, observe });
  for (const { device } of [...(config.mail?.users ?? []), ...(config.watch?.mailboxes ?? [])])
    if (device !== undefined) await agent.know(device);
  return agent;
}
