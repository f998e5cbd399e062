import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Users } from '../users.ts';

/** Extensions that a test may switch off. */
export const EXTENSIONS = [
  'LITERAL+',
  'SASL-IR',
  'UIDPLUS',
  'MOVE',
  'CONDSTORE',
  'QRESYNC',
  'COMPRESS=DEFLATE',
] as const;

export type Extension = (typeof EXTENSIONS)[number];

/** What clients can make the server spend. Times in milliseconds, sizes in bytes. */
export interface ImapLimits {
  /** Largest message of APPEND. */
  readonly maxMessage: number;
  readonly maxConnections: number;
  /** Until a client has logged in. */
  readonly loginTimeout: number;
  /** Between two commands of a client that has logged in (RFC 3501 5.4: 30 minutes at least), and inside IDLE. */
  readonly idleTimeout: number;
  /** Wait after a wrong password. */
  readonly failedLoginDelay: number;
  /** Wrong passwords before the connection is closed. */
  readonly maxFailedLogins: number;
}

export const DEFAULT_IMAP_LIMITS: ImapLimits = {
  maxMessage: 64 * 1024 * 1024,
  maxConnections: 200,
  loginTimeout: 60_000,
  idleTimeout: 30 * 60_000,
  failedLoginDelay: 2_000,
  maxFailedLogins: 3,
};

/** PEM, handed in: making certificates is somebody else's work. */
export interface TlsFiles {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

export interface ImapOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absent: no TLS, and passwords in the clear are taken (tests and demos on the loopback). */
  readonly tls?: (TlsFiles & { readonly mode: 'implicit' | 'starttls' }) | undefined;
  readonly store: MailStore;
  readonly users: Users;
  readonly clock: Clock;
  readonly log: Log;
  /** Extensions that are offered; default all. QRESYNC needs CONDSTORE. */
  readonly extensions?: readonly Extension[] | undefined;
  readonly limits?: Partial<ImapLimits> | undefined;
}
