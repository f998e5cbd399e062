import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { openSocketsLink, type SocketsLinkOptions } from '../../src/link/sockets-link.ts';
import { openAtChannel } from '../../src/modem/channel.ts';
import { memoryLine } from '../../src/modem/memory-line.ts';
import { DialectModem, type Quirks } from './dialect-modem.ts';

/** A channel to a modem that bridges to TCP on this machine. */
export function dialectModem(quirks: Quirks = {}, clock: Clock = systemClock) {
  const { line, far } = memoryLine('modem');
  const modem = new DialectModem(far, quirks);
  const channel = openAtChannel({ line, clock, log: silentLog });
  onTestFinished(async () => {
    await channel[Symbol.asyncDispose]();
    for (const { socket } of modem.bridges.values()) socket.destroy();
  });
  return { modem, channel, clock, far };
}

/** The same with a link over it. */
export async function linked(quirks: Quirks = {}, options: Partial<SocketsLinkOptions> = {}) {
  const room = dialectModem(quirks, options.clock);
  const { channel, clock } = room;
  const link = await openSocketsLink(
    { channel, clock, log: silentLog, dialect: 'sim7600', ...options },
    new AbortController().signal,
  );
  onTestFinished(() => link[Symbol.asyncDispose]());
  return { ...room, link };
}

/** A TCP server on a free port of this machine; closed with the test. */
export async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  return listen(
    createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      onSocket(socket);
    }),
    sockets,
  );
}

export async function listen(server: Server, sockets: Set<Socket> = new Set()): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Everything until the end of the stream. */
export async function drained(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Resolves when the condition holds; the test's own time limit ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A TLS server that sends back what it gets, for the name mail.test. */
export async function tlsEcho(): Promise<{ port: number; ca: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'mail.test' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'mail.test' }] }],
  });
  const server = createTlsServer({ key, cert }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  return { port: await listen(server), ca: cert };
}
