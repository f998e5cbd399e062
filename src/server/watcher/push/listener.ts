import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { asError, codeOf } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { WatchError } from '../errors.ts';
import { hasCredentials } from './basic-auth.ts';
import { readBody } from './body.ts';
import { isNewMail, parseNotification } from './notification.ts';

export interface PushOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly user: string;
  readonly password: string;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** Told where mail came; throws WatchError `unknown-mailbox` for what is not watched. */
  readonly look: (user: string, mailbox: string) => void;
  readonly limits?: Partial<PushLimits>;
  readonly log: Log;
}

/** Milliseconds, bytes. */
export interface PushLimits {
  readonly headersMs: number;
  /** Header and body together. */
  readonly requestMs: number;
  readonly checkMs: number;
  readonly bodyBytes: number;
  readonly connections: number;
}

const LIMITS: PushLimits = {
  headersMs: 10_000,
  requestMs: 15_000,
  checkMs: 2_000,
  bodyBytes: 64 * 1024,
  connections: 100,
};

/** Listens for Dovecot's pushes. Disposing closes it. */
export interface PushListener extends AsyncDisposable {
  readonly port: number;
}

/** Starts to listen; throws WatchError `push-listen` when the port is not to be had. */
export async function listenForPushes(options: PushOptions): Promise<PushListener> {
  const limits = { ...LIMITS, ...options.limits };
  const server = makeServer(options, limits);
  const { host, port, log } = options;
  server.on('clientError', (error, socket) => {
    log.warn({ code: codeOf(error) }, 'A push was no whole HTTP request in time: refused');
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  server.on('drop', () =>
    log.warn(`More than ${limits.connections} connections for pushes: one was refused`),
  );
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function makeServer(options: PushOptions, limits: PushLimits): Server {
  const timed: ServerOptions = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: 60_000,
    maxHeaderSize: 8 * 1024,
  };
  const serve = async (request: IncomingMessage): Promise<number> => {
    const refused = refusal(request, options, limits);
    return refused ?? taken(await readBody(request, limits.bodyBytes), options);
  };
  const onRequest: Parameters<typeof createServer>[1] = (request, response) => {
    void serve(request)
      .catch((error: unknown) => failed(error, options.log))
      .then((status) => {
        if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="ringpost"');
        if (status === 405) response.setHeader('Allow', 'PUT, POST');
        // What is left of a refused body is not read.
        if (status >= 400 && !request.complete) response.setHeader('Connection', 'close');
        response.writeHead(status).end(() => request.complete || request.destroy());
      });
  };
  const { tls } = options;
  const server = tls ? createTlsServer({ ...timed, ...tls }, onRequest) : createServer(timed, onRequest);
  server.maxConnections = limits.connections;
  return server;
}

/** What its header alone is refused for. Who may not push learns nothing else. */
function refusal(request: IncomingMessage, options: PushOptions, limits: PushLimits): number | undefined {
  const { log, user, password, path } = options;
  const from = request.socket.remoteAddress;
  const refuse = (status: number, why: string) => {
    log.warn({ peer: from, status }, `A push was refused: ${why}`);
    return status;
  };
  if (!hasCredentials(request.headers.authorization, user, password))
    return refuse(401, 'wrong user or password');
  if (request.url !== path) return refuse(404, `it is not for ${path}`);
  if (request.method !== 'PUT' && request.method !== 'POST') return refuse(405, 'neither PUT nor POST');
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes)
    return refuse(413, `longer than ${limits.bodyBytes} bytes`);
  return undefined;
}

function taken(body: Buffer | undefined, { log, look }: PushOptions): number {
  if (body === undefined) {
    log.warn({ status: 413 }, 'A push was refused: its body is too long');
    return 413;
  }
  const notification = parseNotification(body);
  if (!notification) {
    log.warn({ status: 400 }, "A push was refused: not the JSON of Dovecot's ox driver");
    return 400;
  }
  if (isNewMail(notification)) look(notification.user, notification.folder);
  return 204;
}

function failed(error: unknown, log: Log): number {
  const unknown = codeOf(error) === 'unknown-mailbox';
  if (unknown) log.info(`A push rings nobody: ${asError(error).message}`);
  else log.warn({ code: codeOf(error) }, 'A push was cut off');
  return unknown ? 404 : 400;
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new WatchError(`[watch.push]: listening on ${host}:${port}: ${codeOf(cause)}`, {
      code: 'push-listen',
      cause,
    });
  });
}
