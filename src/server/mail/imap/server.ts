import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { settlable } from '../../../base/settlable.ts';
import { Connection } from './connection.ts';
import { DEFAULT_IMAP_LIMITS, EXTENSIONS, type ImapLimits, type ImapOptions } from './options.ts';
import type { SessionServices } from './session.ts';

/** An IMAP server that listens; disposing of it ends its connections. */
export interface ImapServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts an IMAP4rev1 server; resolves when it listens. Errors: Node's own (`EADDRINUSE`, bad keys). */
export async function startImap(options: ImapOptions): Promise<ImapServer> {
  const limits = { ...DEFAULT_IMAP_LIMITS, ...options.limits };
  const server = makeServer(options, limits, makeAccept(options, limits));
  // Below TLS, so that those in the middle of a handshake are among them.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.maxConnections = limits.maxConnections;
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  options.log.debug({ port }, 'IMAP server listens');
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = settlable();
      server.close(() => closed.resolve());
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}

function makeServer(options: ImapOptions, limits: ImapLimits, accept: (socket: Socket) => void): Server {
  const { tls, log } = options;
  if (tls?.mode !== 'implicit') return createNetServer({ noDelay: true }, accept);
  const { key, cert } = tls;
  const server = createTlsServer({ key, cert, noDelay: true, handshakeTimeout: limits.loginTimeout }, accept);
  server.on('tlsClientError', (error) => log.debug({ err: error }, 'TLS handshake of an IMAP client failed'));
  return server;
}

function makeAccept(options: ImapOptions, limits: ImapLimits) {
  const { tls, store, users, clock, log } = options;
  const extensions = new Set(options.extensions ?? EXTENSIONS);
  if (!extensions.has('CONDSTORE')) extensions.delete('QRESYNC');
  const services: SessionServices = { store, users, clock, log, limits, extensions };
  const startTls =
    tls?.mode === 'starttls' ? createSecureContext({ key: tls.key, cert: tls.cert }) : undefined;
  return (socket: Socket) => {
    const connection = new Connection(socket, { services, startTls, private: startTls === undefined });
    connection.serve().catch((error: unknown) => log.error({ err: error }, 'An IMAP connection failed'));
  };
}

async function listen(server: Server, { host, port }: ImapOptions): Promise<void> {
  const listening = settlable();
  server.once('error', listening.reject);
  server.listen(port, host, () => listening.resolve());
  await listening.promise;
  server.off('error', listening.reject);
}
