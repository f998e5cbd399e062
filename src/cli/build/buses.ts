import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Disposables } from '../../base/disposables.ts';
import { settlable } from '../../base/settlable.ts';
import { type Broker, startBroker } from '../../bus/broker.ts';
import type { BrokerUser } from '../../bus/broker-users.ts';
import { type Bus, BusError } from '../../bus/bus.ts';
import { connectBus, defaultBackoff } from '../../bus/connect-bus.ts';
import { devicePassword } from '../../bus/device-password.ts';
import { isSameText } from '../../server/mail/password-hash.ts';
import type { AddressBook } from '../../server/message/address-book.ts';
import { liveKeys } from '../../server/message/keys.ts';
import type { Certificate } from '../certificate.ts';
import { loginOf, type ServerRole } from '../config/server/roles.ts';
import type { ServerConfig } from '../config/server.ts';
import type { ServerSurroundings } from './server.ts';

interface Surroundings extends ServerSurroundings {
  readonly certificate: Certificate;
  readonly addressBook: AddressBook;
}

/** The broker that this process runs, if any, and this process's connections to a broker. */
export class ServerBuses implements AsyncDisposable {
  /** Resolves, with the error, when a connection is over for good. */
  readonly lost: Promise<Error | undefined>;
  readonly #config: ServerConfig;
  readonly #around: Surroundings;
  readonly #owned = new Disposables();
  readonly #lost = settlable<Error | undefined>();
  readonly #ready = settlable();
  /** Made anew at each start: nobody else knows them. */
  readonly #passwords = { 'mail-server': newPassword(), 'message-server': newPassword() };
  #broker: Broker | undefined;

  constructor(config: ServerConfig, around: Surroundings) {
    this.#config = config;
    this.#around = around;
    this.lost = this.#lost.promise;
  }

  /** Starts the embedded broker where the configuration has a section for it; others are served after `letIn`. */
  async startBroker(): Promise<Broker | undefined> {
    const { broker } = this.#config;
    if (!broker) return undefined;
    const { certificate, log } = this.#around;
    this.#broker = this.#owned.use(
      await startBroker({
        host: broker.host,
        port: broker.port,
        tls: broker.tls ? certificate : undefined,
        users: (name) => this.#user(name),
        ready: this.#ready.promise,
        log: log.child({ room: 'bus' }),
      }),
    );
    return this.#broker;
  }

  /** The parts of this process listen: what others publish reaches them. */
  letIn(): void {
    this.#ready.resolve();
  }

  /** A connection for one part of this process. It lives until this is disposed. */
  async connect(role: ServerRole, signal: AbortSignal): Promise<Bus> {
    const { clock, log } = this.#around;
    const bus = await connectBus(
      {
        ...(await this.#access(role)),
        clock,
        log: log.child({ room: 'bus', role }),
        keepaliveSeconds: 60,
        reconnect: defaultBackoff,
      },
      signal,
    );
    void bus.closed.then((error) => this.#lost.resolve(error));
    return this.#owned.use(bus);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]();
  }

  async #access(role: ServerRole) {
    const { mqtt } = this.#config;
    if (mqtt) {
      const login = loginOf(mqtt, role);
      if (!login) throw new BusError(`[mqtt] names no user for the ${role}`, { code: 'bus-refused' });
      const tls = mqtt.ca === undefined ? undefined : { ca: await readFile(mqtt.ca, 'utf8') };
      const clientId = `${login.user}:${role}`;
      return { open: () => mqtt.url, ...login, clientId, tls, patient: true };
    }
    const broker = this.#broker;
    if (!broker) throw new BusError('the broker of this process does not run', { code: 'bus-lost' });
    return {
      open: () => broker.connect(),
      user: role,
      clientId: role,
      password: this.#passwords[role],
      tls: undefined,
      patient: false,
    };
  }

  /** This process's own users, those of the configuration, and the devices of the address book. */
  #user(name: string): BrokerUser | undefined {
    if (name === 'mail-server' || name === 'message-server') {
      return { name, role: name, password: this.#passwords[name] };
    }
    const configured = this.#config.broker?.users.find((user) => user.name === name);
    if (configured) return configured;
    const contact = this.#around.addressBook.find(name);
    if (!contact) return undefined;
    // While its key is exchanged it may come with either.
    const passwords = liveKeys(contact).map(({ secret }) => devicePassword(secret));
    const password = (given: Buffer) =>
      passwords.map((one) => isSameText(one, given.toString())).includes(true);
    return { name, role: 'device', password };
  }
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
