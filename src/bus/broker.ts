import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import {
  Aedes,
  type AedesOptions,
  type AuthenticateError,
  type AuthenticateHandler,
  type Client,
} from 'aedes';
import { asError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { mayBeRetained, mayPublish, maySubscribe } from './access.ts';
import { authenticate, type BrokerUser, type BrokerUsers } from './broker-users.ts';
import { BusError } from './bus.ts';
import { limitPackets } from './packet-limit.ts';
import { MAX_PAYLOAD_BYTES } from './payload.ts';

export interface BrokerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. Without it, plain TCP: for loopback only. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly users: BrokerUsers;
  readonly log: Log;
  /** Connections at a time, of all users. Default 1000. */
  readonly maxConnections?: number | undefined;
  /**
   * Who comes over the network is served when it resolves; without it at once. What is published before the one
   * subscribes that it is meant for is lost.
   */
  readonly ready?: Promise<void> | undefined;
}

/** The embedded MQTT broker. Disposing closes every connection. */
export interface Broker extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `mqtt://` or `mqtts://`, for `connectBus`. */
  readonly url: string;
  /** A connection of this process, which needs neither the address that it listens on nor TLS. */
  connect(): Duplex;
  /** Closes every connection of this user, who was let in before. */
  disconnect(user: string): void;
}

const MAX_CONNECTIONS = 1000;
/** For CONNECT, and for the TLS handshake before it, milliseconds. */
const CONNECT_MS = 10_000;
/** Room for the topic and the header beside the payload. */
const MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 1024;
/** CONNACK return code for a bad user name or password (MQTT 3.1.1, 3.2.2.3). */
const BAD_CREDENTIALS = 4;
const REFUSED_FILTER = 'ringpost/refused';

/**
 * Starts the embedded broker: aedes over node's net or tls, with the access rules of `access.ts`. Its sessions
 * and retained messages live in memory; nothing durable may depend on them.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const access = new Access(options.users, options.log);
  const aedes = await Aedes.createBroker(access.handlers());
  aedes.on('clientError', (client, error) =>
    options.log.info({ client: client.id, err: error }, 'Closed an MQTT client'),
  );
  aedes.on('connectionError', (_client, error) =>
    options.log.info({ err: error }, 'Closed an MQTT connection before its CONNECT'),
  );
  const serve = async (stream: Duplex, ready?: Promise<void>) => {
    stream.on('error', () => {});
    await ready;
    if (!stream.destroyed) aedes.handle(limitPackets(stream, MAX_PACKET_BYTES));
  };
  const sockets = new Set<Socket>();
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    void serve(socket, options.ready);
  });
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  const port = await listen(server, options);
  return {
    host: options.host,
    port,
    url: `${options.tls ? 'mqtts' : 'mqtt'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    connect() {
      const [near, far] = duplexPair();
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
      void serve(far);
      return near;
    },
    disconnect: (user) => access.disconnect(user),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => aedes.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Who each client is, and what it may do. */
class Access {
  readonly #users: BrokerUsers;
  readonly #log: Log;
  readonly #known = new Map<Client, BrokerUser>();

  constructor(users: BrokerUsers, log: Log) {
    this.#users = users;
    this.#log = log;
  }

  /** What these clients have sent and nobody has dealt with yet is refused. */
  disconnect(name: string): void {
    for (const [client, user] of this.#known) {
      if (user.name !== name) continue;
      this.#known.delete(client);
      this.#log.info({ user: name }, 'Closed the connection of an MQTT user that is not let in any more');
      client.close();
    }
  }

  handlers(): AedesOptions {
    return {
      connectTimeout: CONNECT_MS,
      authenticate: (client, name, password, done) => this.#authenticate(client, name, password, done),
      authorizePublish: (client, packet, done) => {
        const user = client ? this.#known.get(client) : undefined;
        if (!user || !mayPublish(user, packet.topic))
          return done(this.#denied(user, 'PUBLISH', packet.topic));
        packet.retain &&= mayBeRetained(packet.topic);
        done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const user = this.#known.get(client);
        const allowed = user !== undefined && maySubscribe(user, subscription.topic);
        if (!allowed) this.#denied(user, 'SUBSCRIBE', subscription.topic);
        // aedes stores a refused filter too when the same SUBSCRIBE has an allowed one, and would queue by it: so
        // it gets a name that nobody publishes on, before the first of them is stored.
        if (!allowed) subscription.topic = REFUSED_FILTER;
        setImmediate(done, null, allowed ? subscription : null);
      },
      authorizeForward: (client, packet) => {
        const user = this.#known.get(client);
        return user && maySubscribe(user, packet.topic) ? packet : null;
      },
    };
  }

  #authenticate(
    client: Client,
    name: string | undefined,
    password: Buffer | undefined,
    done: Parameters<AuthenticateHandler>[3],
  ): void {
    const allow = (user: BrokerUser | undefined) => {
      if (!user) return done(this.#badCredentials(client, name), false);
      this.#known.set(client, user);
      client.conn.once('close', () => this.#known.delete(client));
      done(null, true);
    };
    authenticate(this.#users, { clientId: client.id, name, password }).then(allow, (error: unknown) => {
      this.#log.error({ err: asError(error), client: client.id }, 'A password check failed');
      allow(undefined);
    });
  }

  #badCredentials(client: Client, name: string | undefined): AuthenticateError {
    this.#log.warn({ client: client.id, user: name }, 'Refused an MQTT client: user, password or client id');
    const error = new BusError(`MQTT CONNECT of ${name}: refused`, { code: 'bus-refused' });
    return Object.assign(error, { returnCode: BAD_CREDENTIALS });
  }

  #denied(user: BrokerUser | undefined, verb: string, topic: string): BusError {
    this.#log.warn({ user: user?.name, topic }, `Refused a ${verb} that the access rules do not allow`);
    return new BusError(`${verb} ${topic} by ${user?.name}: not allowed`, { code: 'bus-refused' });
  }
}

function createServer(options: BrokerOptions, onSocket: (socket: Socket) => void): Server {
  if (!options.tls) return createTcpServer(onSocket);
  const { cert, key } = options.tls;
  const server = createTlsServer(
    { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: CONNECT_MS },
    onSocket,
  );
  server.on('tlsClientError', (error) => options.log.info({ err: error }, 'A TLS handshake failed'));
  return server;
}

async function listen(server: Server, { host, port }: BrokerOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}
