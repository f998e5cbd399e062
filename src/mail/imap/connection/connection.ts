import type { Duplex } from 'node:stream';
import { codeOf } from '../../../base/errors.ts';
import { MeteredStream } from '../../connection/metered-stream.ts';
import { type KeyShare, startTls, type TlsOptions } from '../../connection/tls.ts';
import type { SessionCost } from '../../session.ts';
import { chunksOf } from '../wire/byte-reader.ts';
import type { LineReaderOptions } from '../wire/line-reader.ts';
import { type Response, ResponseReader } from '../wire/response-reader.ts';
import { Deflater, inflated } from './deflate.ts';

/** What the TLS session of a connection left for the next one. */
export interface TlsOutcome {
  /** A ticket was offered, and the server went on without it, or not at all. */
  readonly ticketRefused: boolean;
  /** The newest one that the server gave. */
  readonly ticket: Buffer | undefined;
  /** What to guess the next time; undefined when nothing was learnt. */
  readonly keyShare: KeyShare | undefined;
}

/** A connection to an IMAP server: counted, then TLS, then perhaps compressed; read as responses, written as flights. */
export class Connection {
  readonly meter: MeteredStream;
  readonly #options: Omit<TlsOptions, 'onTicket'>;
  #top: Duplex;
  #reader: ResponseReader | undefined;
  #deflater: Deflater | undefined;
  #ticket: Buffer | undefined;
  #ticketRefused = false;
  #keyShare: KeyShare | undefined;
  #secured = false;
  #roundTrips = 0;
  /** Something is due from the server: its greeting, or what it says to the last flight. */
  #awaiting = true;

  constructor(tcp: Duplex, options: Omit<TlsOptions, 'onTicket'>) {
    this.#options = options;
    this.meter = new MeteredStream(tcp, options.clock);
    this.meter.on('error', () => {});
    this.#top = this.meter;
  }

  get secured(): boolean {
    return this.#secured;
  }

  get tls(): TlsOutcome {
    return { ticketRefused: this.#ticketRefused, ticket: this.#ticket, keyShare: this.#keyShare };
  }

  /** Begins TLS, before the first response is read or right after the OK to STARTTLS. */
  async secure(): Promise<void> {
    const before = this.meter.roundTrips;
    const socket = await startTls(this.#top, {
      ...this.#options,
      onTicket: (ticket) => {
        this.#ticket = ticket;
      },
    }).catch((error: unknown) => {
      this.#ticketRefused = codeOf(error) === 'tls-refused';
      throw error;
    });
    this.#ticketRefused = this.#options.ticket !== undefined && !socket.isSessionReused();
    this.#secured = true;
    const roundTrips = this.meter.roundTrips - before;
    this.#roundTrips += roundTrips;
    const tls13 = socket.getProtocol() === 'TLSv1.3';
    // A TLS 1.3 server that had to ask again (HelloRetryRequest) wants the other key share.
    const other = this.#options.keyShare === 'P-256' ? 'X25519' : 'P-256';
    if (tls13 && roundTrips > 1) this.#keyShare = other;
    // The last word of a TLS 1.3 handshake is the client's: what comes next is a round trip later.
    this.#awaiting = tls13;
    this.#top = socket;
  }

  /** Begins reading. */
  startReading(options: LineReaderOptions): void {
    this.#reader = new ResponseReader(this.#chunks(), options);
  }

  /** TLS after STARTTLS. What came in the clear behind the OK is dropped: anybody could have put it there. */
  async upgrade(): Promise<void> {
    await this.#reader?.replaceSource(async () => {
      await this.secure();
      return this.#chunks();
    });
  }

  /** Deflate in both directions from here on (RFC 4978). */
  async compress(): Promise<void> {
    await this.#reader?.replaceSource((unread) => inflated(unread, this.#chunks()));
    this.#deflater = new Deflater((bytes) => this.#send(bytes));
  }

  /** The next response; undefined at the end. */
  async next(): Promise<Response | undefined> {
    return this.#reader?.next();
  }

  /** Sends all of this at once. */
  write(flight: Buffer): void {
    this.#awaiting = true;
    if (this.#deflater) this.#deflater.write(flight);
    else this.#send(flight);
  }

  cost(): SessionCost {
    const { bytesUp, bytesDown } = this.meter;
    return { bytesUp, bytesDown, roundTrips: this.#roundTrips };
  }

  /** Says that nothing more is coming; resolves when that has left, or cannot any more. */
  end(): Promise<void> {
    return new Promise((resolve) => this.#top.end(() => resolve()));
  }

  destroy(): void {
    this.#deflater?.close();
    this.#deflater = undefined;
    this.#top.destroy();
    this.meter.destroy();
  }

  /** What comes, counting when something that was waited for begins to come. */
  async *#chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunksOf(this.#top)) {
      if (this.#awaiting) this.#roundTrips += 1;
      this.#awaiting = false;
      yield chunk;
    }
  }

  #send(bytes: Buffer): void {
    if (!this.#top.destroyed && this.#top.writable) this.#top.write(bytes);
  }
}
