import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { WireLimits } from '../../../mail/imap/wire/limits.ts';
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
  /** From one IPv4 address or one /64 of IPv6. */
  readonly maxPerAddress: number;
  readonly maxPerUser: number;
  /** Connections that have not logged in; with one more, the oldest of them goes. */
  readonly maxStrangers: number;
  /** Until a client has logged in. */
  readonly loginTimeout: number;
  /** Between two commands of a client that has logged in (RFC 3501 5.4: 30 minutes at least), and inside IDLE. */
  readonly idleTimeout: number;
  /** Longest that a message of APPEND may take to come in. */
  readonly maxAppendTime: number;
  /** A client that takes nothing of what it asked for, for so long, is cut off. */
  readonly stallTimeout: number;
  /** Wait after the first wrong password of an address; it doubles with each, up to half a minute. */
  readonly failedLoginDelay: number;
  /** Wrong passwords before the connection is closed. */
  readonly maxFailedLogins: number;
}

export const DEFAULT_IMAP_LIMITS: ImapLimits = {
  maxMessage: 64 * 1024 * 1024,
  maxConnections: 400,
  maxPerAddress: 50,
  maxPerUser: 30,
  maxStrangers: 100,
  loginTimeout: 60_000,
  idleTimeout: 30 * 60_000,
  maxAppendTime: 60 * 60_000,
  stallTimeout: 5 * 60_000,
  failedLoginDelay: 2_000,
  maxFailedLogins: 3,
};

/** What somebody may say who has not logged in: a name and a password. */
export const STRANGER_WIRE: Partial<WireLimits> = {
  maxLine: 4 * 1024,
  maxDepth: 4,
  maxLiterals: 3,
  maxBufferedLiteral: 1024,
};

/** The same for users: 8 kB a line is the least that RFC 7162 4 asks for, known UIDs of a large mailbox take more. */
export const USER_WIRE: Partial<WireLimits> = {
  maxLine: 64 * 1024,
  maxDepth: 32,
  maxLiterals: 64,
  maxBufferedLiteral: 64 * 1024,
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
  /** Beside a port with implicit TLS, one with STARTTLS. */
  readonly starttlsPort?: number | undefined;
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
