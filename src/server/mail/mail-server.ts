import type { Clock } from '../../base/clock.ts';
import type { Files } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import type { AnnotatedMailboxes } from '../annotated-mailboxes.ts';
import type { DevicePasswords } from './device-passwords.ts';
import { EmbeddedMailboxes } from './embedded-mailboxes.ts';
import type { Extension, ImapLimits, ImapOptions, TlsFiles } from './imap/options.ts';
import { startImap } from './imap/server.ts';
import { ringingMailboxes, settleDevices } from './ringing.ts';
import { type SmtpDoors, type SmtpOptions, type SmtpSetup, startSmtp } from './smtp/start.ts';
import { type MailStore, openMailStore } from './store/mail-store.ts';
import type { Mailbox } from './store/mailbox.ts';
import { type MailUser, makeUsers, type Users } from './users.ts';

export interface MailServerOptions {
  /** Where the mail is kept. */
  readonly root: string;
  readonly users: readonly MailUser[];
  readonly devicePasswords?: DevicePasswords | undefined;
  /** The user who gets the mail for `postmaster`; default the first. */
  readonly postmaster?: string | undefined;
  /** Mailboxes that a new account begins with, beside INBOX. */
  readonly newAccounts?: readonly string[] | undefined;
  /** Address to listen on. */
  readonly host: string;
  readonly smtp: SmtpSetup;
  readonly imap: {
    readonly port: number;
    /** A second port, with STARTTLS, beside one with implicit TLS. */
    readonly starttlsPort?: number | undefined;
    /** Default `implicit`; without `tls` there is none. */
    readonly tlsMode?: 'implicit' | 'starttls' | undefined;
    readonly extensions?: readonly Extension[] | undefined;
    readonly limits?: Partial<ImapLimits> | undefined;
  };
  readonly tls?: TlsFiles | undefined;
  /** The name that the server gives itself. */
  readonly name?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: Files;
}

/** A running mail server: SMTP in, Maildir, IMAP out. */
export interface MailServer extends AsyncDisposable {
  readonly smtpPort: number;
  readonly smtp: SmtpDoors;
  readonly imapPort: number;
  readonly imapStarttlsPort: number | undefined;
  readonly store: MailStore;
  /** What is written at the mailboxes. */
  readonly mailboxes: AnnotatedMailboxes;
  /** Ends the IMAP connections whose password was taken back since they logged in. */
  sendAwayRevoked(): void;
}

/** How often Maildirs are looked at for what other programs put there, milliseconds. */
const LOOK_MS = 30_000;

/**
 * Starts it; resolves when both ports listen. Each user's INBOX carries the user's device id from then on.
 * Errors: Node's own (ports, keys), MailServerError.
 */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const { root, clock, log, files } = options;
  const users = makeUsers(options.users, options);
  const store = await openMailStore({
    root,
    clock,
    log,
    newAccounts: options.newAccounts ?? [],
    ...(files ? { files } : {}),
  });
  const started: AsyncDisposable[] = [store, lookNowAndThen(options, store, users)];
  const stop = async () => {
    for (const part of started.reverse().splice(0)) await part[Symbol.asyncDispose]();
  };
  try {
    await settleDevices(store, users, log);
    const mailboxes = await EmbeddedMailboxes.open(store, users);
    const smtp = await startSmtp(smtpOptions(options, store, users));
    started.push(smtp);
    const imap = await startImap(imapOptions(options, store, users));
    started.push(imap);
    return {
      smtpPort: smtp.port,
      smtp,
      imapPort: imap.port,
      imapStarttlsPort: imap.starttlsPort,
      store,
      mailboxes,
      sendAwayRevoked: () => imap.sendAwayRevoked(),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Other programs may put mail into the Maildir of a mailbox that carries a device id, and nobody else would look
 * there: then the device would never be told. Costs two `stat` where nothing changed.
 */
function lookNowAndThen({ clock, log }: MailServerOptions, store: MailStore, users: Users): AsyncDisposable {
  const stop = new AbortController();
  const look = async () => {
    for (;;) {
      await clock.sleep(LOOK_MS, stop.signal);
      for (const mailbox of await ringingMailboxes(store, users.all)) await lookAt(mailbox);
    }
  };
  const lookAt = async (mailbox: Mailbox) => {
    try {
      await mailbox.look();
    } catch (error) {
      const { user, name } = mailbox;
      if (!stop.signal.aborted) log.warn({ err: error, user, name }, 'A Maildir could not be looked at');
    }
  };
  const looking = look().catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, 'Maildirs are looked at no more');
  });
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return looking;
    },
  };
}

function smtpOptions(options: MailServerOptions, store: MailStore, users: Users): SmtpOptions {
  const { host, clock, log, tls, name, smtp, files } = options;
  return { files, host, clock, log, tls, name, store, users, ...smtp };
}

function imapOptions(options: MailServerOptions, store: MailStore, users: Users): ImapOptions {
  const { host, clock, log, tls } = options;
  const { tlsMode = 'implicit', ...imap } = options.imap;
  return { host, clock, log, store, users, ...imap, tls: tls && { ...tls, mode: tlsMode } };
}
