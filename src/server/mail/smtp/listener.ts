import { chmod } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { settlable } from '../../../base/settlable.ts';
import type { TlsFiles } from '../imap/options.ts';
import type { Door, SmtpRoom } from './door.ts';
import { handlers } from './handlers.ts';
import { freeSocketPath } from './socket-path.ts';
import { Sockets } from './sockets.ts';

/** An address and a port (0: any free one), or a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ListenOptions {
  readonly place: Place;
  /** Offers STARTTLS, or speaks TLS from the first byte. */
  readonly tls?: (TlsFiles & { readonly mode: 'starttls' | 'implicit' }) | undefined;
}

/** An SMTP server that listens; disposing of it ends its connections. */
export interface Listener extends AsyncDisposable {
  /** 0 for a Unix socket. */
  readonly port: number;
}

/** Starts a server; resolves when it listens. Errors: Node's own (`EADDRINUSE`, bad keys), MailServerError `socket-in-use`. */
export async function listenAt(room: SmtpRoom, door: Door, options: ListenOptions): Promise<Listener> {
  const { log } = room;
  const server: SMTPServer = new SMTPServer({
    ...libraryOptions(room, options, door),
    ...handlers(room, door, {
      server: () => server,
      sockets: () => sockets,
      disabled: (secure) => disabled(options, door, secure),
    }),
  });
  const pending = options.tls?.mode === 'implicit' ? server._pendingSockets : undefined;
  const sockets = new Sockets(room.clock, room.limits, pending);
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('error', (error) => log.debug({ err: error, door: door.kind }, 'An SMTP connection failed'));
  const port = await listen(server, options.place);
  log.debug({ port, door: door.kind }, 'SMTP server listens');
  return { port, [Symbol.asyncDispose]: () => close(server) };
}

function libraryOptions({ name, limits }: SmtpRoom, options: ListenOptions, door: Door): SMTPServerOptions {
  const { tls } = options;
  return {
    name,
    ...(tls ? { key: tls.key, cert: tls.cert, secure: tls.mode === 'implicit' } : {}),
    // Until the client has come: then each has its own.
    disabledCommands: disabled(options, door, tls?.mode === 'implicit'),
    authMethods: ['PLAIN', 'LOGIN'],
    // Who may do what is asked at MAIL: the library would let everybody in where AUTH is not offered yet.
    authOptional: true,
    lmtp: door.kind === 'lmtp',
    size: limits.maxSize,
    // Refused here: the library does not know how many replies LMTP owes.
    rejectOversized: false,
    hideSMTPUTF8: true,
    // What is not done here is not offered: delivery reports on demand (RFC 3461), TLS all the way (RFC 8689).
    hideDSN: true,
    hideREQUIRETLS: true,
    disableReverseLookup: true,
    maxClients: limits.maxConnections,
    maxRecipients: limits.maxRecipients,
    maxCommandLength: limits.maxLine,
    socketTimeout: limits.timeout,
    closeTimeout: 1,
    logger: false,
  };
}

/**
 * A password is asked for under TLS only (RFC 4954 4). The library has jokes of sendmail's for commands. VRFY stays, as RFC 5321
 * 4.5.1 wants it: it answers 252 to every name (7.3).
 */
function disabled({ tls }: ListenOptions, door: Door, secure: boolean): string[] {
  const canLogIn = door.logIn !== undefined && secure;
  return [...(canLogIn ? [] : ['AUTH']), ...(tls ? [] : ['STARTTLS']), 'WIZ', 'SHELL', 'KILL'];
}

async function listen(server: SMTPServer, place: Place): Promise<number> {
  if ('path' in place) await freeSocketPath(place.path);
  const listening = settlable();
  server.once('error', listening.reject);
  const done = () => listening.resolve();
  const listener =
    'path' in place ? server.listen(place.path, done) : server.listen(place.port, place.host, done);
  await listening.promise;
  server.off('error', listening.reject);
  // For the owner and the group: an MTA's own where the directory is setgid (Postfix has no other groups than that).
  if ('path' in place) await chmod(place.path, 0o660);
  return 'path' in place ? 0 : (listener.address() as AddressInfo).port;
}

async function close(server: SMTPServer): Promise<void> {
  const closed = settlable();
  server.close(() => closed.resolve());
  await closed.promise;
}
