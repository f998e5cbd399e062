import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { withDeadline } from '../../base/deadline.ts';
import { settlable } from '../../base/settlable.ts';
import { startTls, tlsChoices } from '../connection/tls.ts';
import type { SessionCost } from '../session.ts';
import type { Envelope } from './envelope.ts';
import { type Offers, offersIn } from './offers.ts';
import type { OutboxOptions } from './options.ts';
import { connectionError, type Outcome, outcomeOf, type Peer, split } from './replies.ts';
import { TimelessStream } from './timeless-stream.ts';
import { type Watched, watched } from './watched.ts';

/** The library's own timers run on this machine's clock; ours end a wait long before. Milliseconds. */
const LIBRARY_PATIENCE_MS = 86_400_000;

/** Longest wait for a reply, milliseconds. RFC 5321 4.5.3.2 would have 5 minutes, which is a whole session. */
const REPLY_MS = 60_000;

/** Longest wait for the 250 to a message, milliseconds (RFC 5321 4.5.3.2.6): giving up early sends it twice. */
const DATA_MS = 600_000;

/** The slowest upload that is worth waiting for, bytes a millisecond. */
const SLOWEST = 0.5;

/** Longest wait for QUIT to leave, milliseconds. */
const QUIT_MS = 5000;

/** One message for the server. */
export interface Handed {
  readonly envelope: Envelope;
  /** Bytes with CRLF line ends. */
  readonly size: number;
  readonly eightBit: boolean;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Whom to submit to: an account, or a relay that is asked for no password, or without TLS (on a network of one's own). */
export interface SubmissionOptions
  extends Pick<OutboxOptions, 'connect' | 'clock' | 'clockFloor' | 'signal'> {
  readonly account: Peer['account'];
}

/** A connection to a submission server, over any stream: verified, authenticated, then a message at a time. */
export class Submission implements AsyncDisposable {
  offers: Offers = { size: undefined, smtpUtf8: false, auth: false };
  readonly #options: SubmissionOptions;
  readonly #meter: TimelessStream;
  readonly #lost = settlable<never>();
  #smtp: SMTPConnection | undefined;
  /** What the server took of the last message is to be forgotten before the next. */
  #isStale = false;

  constructor(options: SubmissionOptions) {
    const { account, clock } = options;
    this.#options = options;
    this.#meter = new TimelessStream(options.connect(account.host, account.port), clock);
    this.#meter.on('error', () => {});
    this.#lost.promise.catch(() => {});
  }

  /** TLS, greeting, EHLO, AUTH (with an empty user name: none). Rejects with MailError `tls-refused`, `auth-refused`, `session-lost`, `server-confused`, or DeadlineError. */
  async open(): Promise<void> {
    try {
      const smtp = await this.#overTls();
      await this.#within('its greeting', (done) => smtp.connect(done));
      this.offers = offersIn(smtp.lastServerResponse || '');
      const { user, password: pass } = this.#options.account;
      if (this.offers.auth && user !== '')
        await this.#within('AUTH', (done) => smtp.login({ user, pass }, done));
    } catch (error) {
      this.#meter.destroy();
      throw connectionError(error, this.#options);
    }
  }

  /** Sends one message. Never rejects; after `lost` nothing more can be sent. */
  async send(handed: Handed): Promise<Outcome> {
    const progress: Watched = { begun: settlable(), bytes: 0, handed: false };
    try {
      await this.#forgetLast();
      const sending = this.#start(handed, progress);
      const begun = Promise.race([progress.begun.promise, sending]);
      await this.#wait('the envelope', REPLY_MS, begun);
      const info = await this.#wait('the message', DATA_MS + handed.size / SLOWEST, sending);
      return { kind: 'accepted', accepted: info.accepted, ...split(info.rejectedErrors) };
    } catch (error) {
      const { failure, bytes } = progress;
      const outcome: Outcome = failure
        ? { kind: 'lost', error: failure, bytes, handed: false }
        : outcomeOf(error, this.#options, progress);
      if (outcome.kind === 'lost') this.#meter.destroy();
      this.#isStale = true;
      return outcome;
    }
  }

  cost(): SessionCost {
    const { bytesUp, bytesDown, roundTrips } = this.#meter;
    return { bytesUp, bytesDown, roundTrips };
  }

  /** Says QUIT, without waiting for its reply: all that was sent has its own. */
  async [Symbol.asyncDispose](): Promise<void> {
    const smtp = this.#smtp;
    const socket = smtp?._socket;
    const { clock, signal } = this.#options;
    if (smtp && socket && !smtp.destroyed && !this.#meter.destroyed) {
      smtp.quit();
      const left = () => new Promise<void>((resolve) => socket.end(() => resolve()));
      await withDeadline(clock, { what: 'QUIT', ms: QUIT_MS, signal }, left).catch(() => {});
    }
    smtp?.close();
    this.#meter.destroy();
  }

  async #overTls(): Promise<SMTPConnection> {
    const { account, clock, clockFloor } = this.#options;
    const { host, port, tls } = account;
    const choices = { host, ca: tls.ca, servername: tls.servername, clock, clockFloor };
    const isImplicit = tls.mode === 'implicit';
    const stream = isImplicit
      ? await this.#wait('TLS', REPLY_MS, startTls(this.#meter, { ...choices, onTicket: () => {} }))
      : this.#meter;
    const smtp = new SMTPConnection({
      host,
      port,
      name: account.ehlo ?? '[127.0.0.1]',
      connection: stream as unknown as Socket,
      secure: isImplicit,
      secured: isImplicit,
      requireTLS: tls.mode === 'starttls',
      ignoreTLS: tls.mode === 'none',
      tls: tlsChoices(choices),
      connectionTimeout: LIBRARY_PATIENCE_MS,
      greetingTimeout: LIBRARY_PATIENCE_MS,
      socketTimeout: LIBRARY_PATIENCE_MS,
    });
    smtp.on('error', this.#lost.reject);
    this.#smtp = smtp;
    return smtp;
  }

  /** RSET before the next message when this one left something behind (RFC 5321 4.1.1.5). */
  async #forgetLast(): Promise<void> {
    if (this.#isStale) await this.#within('RSET', (done) => this.#smtp?.reset(done));
    this.#isStale = false;
  }

  #start(handed: Handed, progress: Watched): Promise<SMTPConnection.SentMessageInfo> {
    const { envelope, size, eightBit, bytes } = handed;
    const { sender: from, recipients } = envelope;
    return new Promise((resolve, reject) => {
      const to = { from, to: [...recipients], size, use8BitMime: eightBit };
      // Nothing is read ahead, so that what was handed over is what the connection took.
      const message = Readable.from(watched(bytes, progress), { objectMode: false, highWaterMark: 1 });
      this.#smtp?.send(to, message, (error, info) => (error ? reject(error) : resolve(info)));
    });
  }

  /** A step of the library that says by a callback how it went, or by an event that the connection is lost. */
  #within(what: string, start: (done: (error?: Error | null) => void) => void): Promise<void> {
    const stepped = new Promise<void>((resolve, reject) =>
      start((error) => (error ? reject(error) : resolve())),
    );
    return this.#wait(what, REPLY_MS, Promise.race([stepped, this.#lost.promise]));
  }

  #wait<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
    const { clock, signal, account } = this.#options;
    work.catch(() => {});
    return withDeadline(
      clock,
      { what: `${what} at ${account.host}:${account.port}`, ms, signal },
      () => work,
    );
  }
}
