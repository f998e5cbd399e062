import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { createInflateRaw, deflateRawSync, type InflateRaw, constants as zlib } from 'node:zlib';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Account } from '../../src/mail/account.ts';
import {
  type MailServer,
  type MailServerOptions,
  startMailServer,
} from '../../src/server/mail/mail-server.ts';
import { temporaryDirectory } from './room.ts';

export const anna = {
  name: 'anna',
  password: 'secret',
  addresses: ['anna@example.org'],
  device: 'handheld-1',
};
export const bert = { name: 'bert', password: 'hush', addresses: ['bert@example.org'] };

/** How anna logs in there; `ca` is the server's certificate. */
export function annaAt(port: number, ca: string): Account {
  const { name: user, password } = anna;
  return { host: 'localhost', port, user, password, tls: { mode: 'implicit', ca } };
}

/** A server on the loopback that ends with the test; no TLS unless it is given. */
export async function runMailServer(
  more: Partial<MailServerOptions> = {},
): Promise<MailServer & { root: string }> {
  const root = more.root ?? (await temporaryDirectory());
  const server = await startMailServer({
    root,
    users: [anna, bert],
    host: '127.0.0.1',
    smtp: { port: 0 },
    imap: { port: 0, limits: { failedLoginDelay: 5 } },
    name: 'mail.example.org',
    clock: systemClock,
    log: silentLog,
    ...more,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return Object.assign(server, { root });
}

/** A key and a certificate for localhost. */
export async function makeCertificate(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
  });
  return { key, cert };
}

/** A message with a header and one line of text. */
export function mail(subject: string, text = 'Hello'): string {
  return `From: Bert <bert@example.org>\r\nTo: anna@example.org\r\nSubject: ${subject}\r\n\r\n${text}\r\n`;
}

export async function* chunksOfText(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1');
}

/** A bare connection: sends text as it is, and collects what comes back. */
export class RawClient {
  socket: Socket;
  received = '';
  closed = false;
  #inflate: InflateRaw | undefined;
  #news: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    this.#listen(socket);
    onTestFinished(() => {
      socket.destroy();
    });
  }

  static plain(port: number): RawClient {
    return new RawClient(connect(port, '127.0.0.1'));
  }

  static tls(port: number, options: ConnectionOptions = {}): RawClient {
    return new RawClient(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }));
  }

  send(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    const out = this.#inflate ? deflateRawSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH }) : bytes;
    this.socket.write(out);
  }

  /** Waits until everything that came matches, and gives it; what comes later begins anew. */
  async until(pattern: RegExp, ms = 10_000): Promise<string> {
    const deadline = Date.now() + ms;
    while (!pattern.test(this.received)) {
      const left = deadline - Date.now();
      if (left <= 0 || this.closed) throw new Error(`no ${pattern} in: ${this.received.slice(-2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#news.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    const got = this.received;
    this.received = '';
    return got;
  }

  /** Waits until the server closed, and gives the rest. */
  async end(): Promise<string> {
    while (!this.closed) await new Promise<void>((resolve) => this.#news.push(resolve));
    return this.received;
  }

  /** From here on both directions are compressed. */
  compress(): void {
    this.#inflate = createInflateRaw();
    this.#inflate.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#inflate.on('error', () => {});
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk) => {
      if (this.#inflate) this.#inflate.write(chunk);
      else this.#take(chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      const over = () => {
        this.closed = true;
        this.#wake();
      };
      // zlib is asynchronous: what came last may still be in it.
      if (this.#inflate) this.#inflate.once('close', over).end();
      else over();
    });
  }

  #take(chunk: Buffer): void {
    this.received += chunk.toString('latin1');
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#news.splice(0)) wake();
  }
}
