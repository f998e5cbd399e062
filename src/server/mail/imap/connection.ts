import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { createInflateRaw } from 'node:zlib';
import { codeOf } from '../../../base/errors.ts';
import { chunksOf } from '../../../mail/imap/wire/byte-reader.ts';
import { CommandReader } from '../../../mail/imap/wire/command-reader.ts';
import type { Guest } from './guests.ts';
import { LiteralHooks } from './literals.ts';
import { Output } from './output.ts';
import { runSession } from './run-session.ts';
import { Session, type SessionServices, type Transport } from './session.ts';
import { Watchdog } from './watchdog.ts';

/** How long a client that is sent away has to read the BYE, milliseconds. */
const FAREWELL_MS = 1_000;

export interface ConnectionOptions {
  readonly services: SessionServices;
  readonly guest: Guest;
  /** Absent: no TLS on this server. */
  readonly tls?: { readonly context: SecureContext; readonly mode: 'implicit' | 'starttls' } | undefined;
}

/** A client's connection: the streams below the commands. */
export class Connection implements Transport {
  readonly #options: ConnectionOptions;
  readonly #output: Output;
  readonly #reader: CommandReader;
  readonly #session: Session;
  readonly #literals = new LiteralHooks();
  readonly #watchdog: Watchdog;
  #socket: Socket;
  #encrypted: boolean;
  compressed = false;

  constructor(line: Socket, options: ConnectionOptions) {
    const { services, tls } = options;
    this.#options = options;
    watchErrors(line);
    this.#encrypted = tls?.mode === 'implicit';
    // The greeting waits in it until the handshake is over; the time for logging in runs already.
    const socket = tls?.mode === 'implicit' ? serverTls(line, tls.context) : line;
    this.#socket = socket;
    this.#output = new Output(socket, { clock: services.clock, stallTimeout: services.limits.stallTimeout });
    this.#reader = new CommandReader(chunksOf(socket), this.#literals.readerOptions);
    this.#session = new Session(services, this.#output, this, this.#reader);
    this.#literals.attach(this.#session);
    this.#watchdog = new Watchdog(services.clock, services.limits.loginTimeout, () =>
      this.dismiss('Nothing came for too long'),
    );
  }

  get guest(): Guest {
    return this.#options.guest;
  }

  get private(): boolean {
    return this.#encrypted || this.#options.tls === undefined;
  }

  get canStartTls(): boolean {
    return this.#options.tls !== undefined && !this.#encrypted;
  }

  /** Serves the client until either side leaves; never rejects. */
  async serve(): Promise<void> {
    const { log } = this.#options.services;
    try {
      await runSession(this.#session, this.#literals);
      await this.#output.end();
      this.#socket.resume();
      this.#closeAtLast();
    } catch (error) {
      log.debug({ err: error, reason: codeOf(error) }, 'An IMAP connection ended early');
      this.#socket.destroy();
    } finally {
      this.#watchdog.stop();
      this.#session.unselect();
      await this.#session.disposeSpools();
    }
  }

  /** The client has what it needs to close; whoever does not would stay for ever. */
  #closeAtLast(): void {
    const { clock, limits } = this.#options.services;
    const socket = this.#socket;
    if (socket.destroyed) return;
    const closed = new AbortController();
    socket.once('close', () => closed.abort());
    clock.sleep(limits.stallTimeout, closed.signal).then(
      () => socket.destroy(),
      () => {},
    );
  }

  alive(): void {
    const { limits } = this.#options.services;
    // Somebody who has not logged in gets no more time for being busy.
    if (this.#session.user) this.#watchdog.feed(limits.idleTimeout);
  }

  async startTls(): Promise<void> {
    const { tls } = this.#options;
    if (!tls) return;
    await this.#output.flush();
    // What came in the clear behind STARTTLS is dropped: anybody on the way may have put it there.
    await this.#reader.replaceSource(() => {
      this.#socket = serverTls(this.#socket, tls.context);
      return chunksOf(this.#socket);
    });
    await this.#output.replace(this.#socket);
    this.#encrypted = true;
  }

  async compress(): Promise<void> {
    await this.#output.compress();
    this.compressed = true;
    const inflate = createInflateRaw();
    inflate.on('error', () => {});
    await this.#reader.replaceSource((unread) => {
      if (unread.length > 0) inflate.write(unread);
      // A socket that is destroyed does not end what it is piped into.
      this.#socket.once('close', () => inflate.end());
      this.#socket.pipe(inflate);
      return chunksOf(inflate);
    });
  }

  /** Sends the client away; no command of it is carried out any more. */
  dismiss(reason: string): void {
    const { clock, log } = this.#options.services;
    const socket = this.#socket;
    this.#session.ended = true;
    this.#output.line(`* BYE ${reason}`);
    this.#output.end().catch((error: unknown) => log.debug({ err: error }, 'No farewell'));
    clock
      .sleep(FAREWELL_MS)
      .catch(() => {})
      .finally(() => socket.destroy());
  }
}

function serverTls(line: Socket, secureContext: SecureContext): TLSSocket {
  const socket = new TLSSocket(line, { isServer: true, secureContext });
  watchErrors(socket);
  return socket;
}

/** Errors of a socket also end the reading, which deals with them. */
function watchErrors(socket: Socket): void {
  socket.on('error', () => socket.destroy());
}
