import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { certificate } from '../imap/scripted-server.ts';

/** What reached the server whole. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  /** Bytes, as MAIL FROM said (RFC 1870). */
  readonly declared: number;
}

/** How the server answers; a number is a reply that refuses. */
export interface Manners {
  readonly mode: 'implicit' | 'starttls';
  /** RFC 1870. */
  readonly size: number;
  auth(user: string, password: string | undefined): number | undefined;
  sender(address: string): number | undefined;
  recipient(address: string): number | 'cut' | 'silent' | undefined;
  /** After so many bytes of a message the connection ends. */
  most: number;
  /** Asked when all of it came. `lost`: the server has it, and the connection ends before its 250; `silent`: the 250 never comes. */
  message(received: Received): number | 'lost' | 'silent' | undefined;
}

/** A submission server on loopback that behaves as it is told. */
export class SubmissionServer {
  readonly received: Received[] = [];
  connections = 0;
  port = 0;
  manners: Manners;
  readonly #server: SMTPServer;
  readonly #sockets = new Set<Socket>();

  constructor(manners: Partial<Manners>, options: SMTPServerOptions) {
    const yes = () => undefined;
    this.manners = {
      mode: 'implicit',
      size: 0,
      auth: (user, password) => (user === 'ada' && password === 'secret' ? undefined : 535),
      sender: yes,
      recipient: yes,
      message: yes,
      most: Number.POSITIVE_INFINITY,
      ...manners,
    };
    this.#server = new SMTPServer({ ...options, ...this.#handlers() });
    this.#server.on('error', () => {});
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.cut();
    if (!this.#server.server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Every connection ends at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  readonly connect = (): Socket => {
    this.connections += 1;
    const socket = connectTcp(this.port, '127.0.0.1');
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  };

  #handlers(): SMTPServerOptions {
    return {
      onAuth: ({ username, password }, _session, done) => {
        const refused = this.manners.auth(username ?? '', password ?? '');
        if (refused) done(reply(refused));
        else done(null, { user: 'ada' });
      },
      onMailFrom: ({ address }, _session, done) => done(answer(this.manners.sender(address))),
      onRcptTo: ({ address }, _session, done) => {
        const said = this.manners.recipient(address);
        if (said === 'cut') this.cut();
        else if (said !== 'silent') done(answer(said));
      },
      onData: (stream, session, done) => {
        let size = 0;
        stream.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > this.manners.most) this.cut();
        });
        text(stream).then(
          (content) => this.#message(content, session, done),
          () => {},
        );
      },
    };
  }

  #message(content: string, session: SMTPServerSession, done: (error?: Error | null) => void): void {
    const { mailFrom, rcptTo } = session.envelope;
    const { SIZE = 0 } = (mailFrom || undefined)?.args || {};
    const declared = Number(SIZE);
    const to = rcptTo.map(({ address }) => address);
    const received = { from: mailFrom ? mailFrom.address : '', to, text: content, declared };
    const said = this.manners.message(received);
    if (typeof said !== 'number') this.received.push(received);
    if (said === 'lost') this.cut();
    else if (said !== 'silent') done(answer(said));
  }
}

export async function submissionServer(
  manners: Partial<Manners> = {},
  more: SMTPServerOptions = {},
): Promise<SubmissionServer> {
  const { key, cert } = await certificate();
  const server = new SubmissionServer(manners, {
    key: key as string,
    cert,
    secure: manners.mode !== 'starttls',
    size: manners.size ?? 0,
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 1,
    ...more,
  });
  await server.listen();
  onTestFinished(() => server.close());
  return server;
}

function answer(refused: number | undefined): Error | null {
  return refused ? reply(refused) : null;
}

function reply(responseCode: number): Error {
  return Object.assign(new Error(`scripted ${responseCode}`), { responseCode });
}
