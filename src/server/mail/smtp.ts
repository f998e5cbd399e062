import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { settlable } from '../../base/settlable.ts';
import { MailServerError } from './errors.ts';
import type { TlsFiles } from './imap/options.ts';
import type { MailStore } from './store/mail-store.ts';
import type { MailUser, Users } from './users.ts';

/** What senders can make the server spend. */
export interface SmtpLimits {
  /** Largest message, bytes (RFC 1870). */
  readonly maxSize: number;
  readonly maxConnections: number;
  readonly maxRecipients: number;
  /** Silence after which a sender is sent away, milliseconds (RFC 5321 4.5.3.2.7: 5 minutes). */
  readonly timeout: number;
  /** Longest that one message may take to come in, milliseconds. */
  readonly maxDataTime: number;
}

export const DEFAULT_SMTP_LIMITS: SmtpLimits = {
  maxSize: 64 * 1024 * 1024,
  maxConnections: 100,
  maxRecipients: 100,
  timeout: 5 * 60_000,
  maxDataTime: 60 * 60_000,
};

export interface SmtpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Offers STARTTLS. */
  readonly tls?: TlsFiles | undefined;
  /** The name in the greeting and in Received fields; default the host's. */
  readonly name?: string | undefined;
  readonly store: MailStore;
  readonly users: Users;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<SmtpLimits> | undefined;
}

/** An SMTP server that listens. */
export interface SmtpIn extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts the SMTP server: mail for local users comes in here, nothing is relayed. A message is answered 250 when it is
 * on the disk for all its recipients, else 451 for all of them: then the sender tries again, and those who had it
 * already get it twice, which is better than never (SMTP has one answer for all; LMTP would have one each).
 */
export async function startSmtp(options: SmtpOptions): Promise<SmtpIn> {
  const limits = { ...DEFAULT_SMTP_LIMITS, ...options.limits };
  const { log, tls, users } = options;
  const name = options.name ?? hostname();
  const server = new SMTPServer({
    name,
    ...(tls ? { key: tls.key, cert: tls.cert } : {}),
    disabledCommands: tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    authOptional: true,
    size: limits.maxSize,
    rejectOversized: true,
    hideSMTPUTF8: true,
    disableReverseLookup: true,
    maxClients: limits.maxConnections,
    maxRecipients: limits.maxRecipients,
    socketTimeout: limits.timeout,
    closeTimeout: 1,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      callback(users.byAddress(address) ? null : reply(550, 'No such user here'));
    },
    onData(stream, session, callback) {
      receive({ ...options, name }, limits, stream, session).then(
        (id) => callback(null, `OK: stored as ${id}`),
        (error: unknown) => callback(toReply(error, log)),
      );
    },
  });
  server.on('error', (error) => log.debug({ err: error }, 'An SMTP connection failed'));
  const port = await listen(server, options);
  log.debug({ port }, 'SMTP server listens');
  return { port, [Symbol.asyncDispose]: () => close(server) };
}

/** Takes a message in and stores it for every recipient; tells the id that is in its Received field. */
async function receive(
  options: SmtpOptions & { readonly name: string },
  limits: SmtpLimits,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<string> {
  const { store, clock } = options;
  const id = randomBytes(8).toString('hex');
  const late = new AbortController();
  const tooLate = new MailServerError('The message took too long to come in', {
    code: 'too-slow',
    temporary: true,
  });
  clock.sleep(limits.maxDataTime, late.signal).then(
    () => stream.destroy(tooLate),
    () => {},
  );
  try {
    await using spool = store.spool();
    await spool.write(Buffer.from(traceFields(options, session, id)));
    for await (const chunk of stream) {
      // The rest is read, so that the answer can be read, but no longer kept.
      if (!stream.sizeExceeded) await spool.write(chunk as Buffer);
    }
    if (stream.sizeExceeded) throw reply(552, `More than ${limits.maxSize} bytes`);
    await spool.end();
    const internalDate = clock.now();
    for (const user of recipients(options.users, session)) {
      await store.deliverFrom(user.name, 'INBOX', () => spool.read(), { internalDate });
    }
    return id;
  } finally {
    late.abort();
  }
}

/** Several addresses of one user are one recipient. */
function recipients(users: Users, session: SMTPServerSession): Set<MailUser> {
  const found = session.envelope.rcptTo.map(({ address }) => users.byAddress(address));
  return new Set(found.filter((user) => user !== undefined));
}

/** Return-Path and Received (RFC 5321 4.4). */
function traceFields(
  { name, clock }: SmtpOptions & { readonly name: string },
  session: SMTPServerSession,
  id: string,
): string {
  const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
  const protocol = session.secure ? 'ESMTPS' : 'ESMTP';
  const date = new Date(clock.now()).toUTCString().replace('GMT', '+0000');
  const helo = plain(session.hostNameAppearsAs || 'unknown');
  return [
    `Return-Path: <${plain(from)}>`,
    `Received: from ${helo} ([${session.remoteAddress}])`,
    `\tby ${plain(name)} with ${protocol} id ${id};`,
    `\t${date}`,
    '',
  ].join('\r\n');
}

function plain(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, 300);
}

/** An error as smtp-server wants it. */
function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** Whatever went wrong here is not the sender's fault: try again later. */
function toReply(error: unknown, log: Log): Error {
  if (error instanceof Error && 'responseCode' in error) return error;
  log.error({ err: error }, 'A message could not be stored');
  return reply(451, 'The message could not be stored; try again later');
}

async function listen(server: SMTPServer, { host, port }: SmtpOptions): Promise<number> {
  const listening = settlable();
  server.once('error', listening.reject);
  const listener = server.listen(port, host, () => listening.resolve());
  await listening.promise;
  server.off('error', listening.reject);
  return (listener.address() as AddressInfo).port;
}

async function close(server: SMTPServer): Promise<void> {
  const closed = settlable();
  server.close(() => closed.resolve());
  await closed.promise;
}
