import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { settlable } from '../../../base/settlable.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { Guests } from './guests.ts';
import { LogInGuard } from './log-in-guard.ts';
import { DEFAULT_IMAP_LIMITS, EXTENSIONS, type ImapOptions } from './options.ts';
import type { SessionServices } from './session.ts';

/** An IMAP server that listens; disposing of it ends its connections. */
export interface ImapServer extends AsyncDisposable {
  readonly port: number;
  readonly starttlsPort: number | undefined;
  /** Ends the connections whose password was taken back since they logged in. */
  sendAwayRevoked(): void;
}

type TlsOption = ConnectionOptions['tls'];

/** Starts an IMAP4rev1 server; resolves when it listens. Errors: Node's own (`EADDRINUSE`, bad keys). */
export async function startImap(options: ImapOptions): Promise<ImapServer> {
  const { port, starttlsPort, tls, log } = options;
  const services = makeServices(options);
  // Sessions are resumed at either port, with the tickets of this context.
  const context =
    tls && createSecureContext({ key: tls.key, cert: tls.cert, sessionIdContext: 'ringpost-imap' });
  const listeners: Listener[] = [];
  const stop = async () => {
    for (const listener of listeners) await listener[Symbol.asyncDispose]();
  };
  try {
    const start = async (wanted: number, mode: 'implicit' | 'starttls') => {
      const listener = new Listener(services, context && { context, mode });
      listeners.push(listener);
      return listener.listen(options.host, wanted);
    };
    const main = await start(port, tls?.mode ?? 'starttls');
    const second = starttlsPort === undefined ? undefined : await start(starttlsPort, 'starttls');
    log.debug({ port: main, starttlsPort: second }, 'IMAP server listens');
    return {
      port: main,
      starttlsPort: second,
      sendAwayRevoked: () => services.guests.sendAwayRevoked(),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeServices(options: ImapOptions): SessionServices {
  const { store, users, clock, log } = options;
  const limits = { ...DEFAULT_IMAP_LIMITS, ...options.limits };
  const extensions = new Set(options.extensions ?? EXTENSIONS);
  if (!extensions.has('CONDSTORE')) extensions.delete('QRESYNC');
  const guests = new Guests(limits);
  const guard = new LogInGuard(clock, limits.failedLoginDelay);
  return { store, users, clock, log, limits, extensions, guests, guard };
}

/** One port. */
class Listener implements AsyncDisposable {
  readonly #services: SessionServices;
  readonly #tls: TlsOption;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(services: SessionServices, tls: TlsOption) {
    this.#services = services;
    this.#tls = tls;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  async listen(host: string, port: number): Promise<number> {
    const listening = settlable();
    this.#server.once('error', listening.reject);
    this.#server.listen(port, host, () => listening.resolve());
    await listening.promise;
    this.#server.off('error', listening.reject);
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = settlable();
    this.#server.close(() => closed.resolve());
    for (const socket of this.#sockets) socket.destroy();
    await closed.promise;
  }

  #accept(socket: Socket): void {
    const { guests, log } = this.#services;
    let connection: Connection | undefined;
    const guest = guests.admit(socket.remoteAddress, (reason) => connection?.dismiss(reason));
    if (typeof guest === 'string') {
      log.info({ reason: guest, client: socket.remoteAddress }, 'An IMAP connection was not let in');
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      guests.leave(guest);
    });
    connection = new Connection(socket, { services: this.#services, guest, tls: this.#tls });
    connection.serve().catch((error: unknown) => log.error({ err: error }, 'An IMAP connection failed'));
  }
}
