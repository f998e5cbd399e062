/** What clients can make the server spend. Times in milliseconds, sizes in bytes. */
export interface SmtpLimits {
  /** Largest message (RFC 1870). */
  readonly maxSize: number;
  readonly maxConnections: number;
  /** From one address (IPv6: from one /64). */
  readonly maxConnectionsPerAddress: number;
  readonly maxRecipients: number;
  /** Longest command line (RFC 5321 4.5.3.1.4 has 512; AUTH and MAIL may be longer). */
  readonly maxLine: number;
  /** Without a step of a transaction, after which a client is sent away (RFC 5321 4.5.3.2.7: 5 minutes). */
  readonly timeout: number;
  /** Longest that one message may take to come in. */
  readonly maxDataTime: number;
  /** Bytes a second that a message must have come in with on the average, after the first `timeout`. */
  readonly minRate: number;
  /** Recipients or senders that were refused: from here on each answer takes `slowDown`. */
  readonly slowAfterRefusals: number;
  readonly slowDown: number;
  /** Refused recipients or senders before the connection is closed. */
  readonly maxRefusals: number;
  /** The same of all connections of one address, within `strikeTime`. */
  readonly maxRefusalsPerAddress: number;
  /** Wait after a wrong password. */
  readonly failedLoginDelay: number;
  /** Wrong passwords before the connection is closed. */
  readonly maxFailedLogins: number;
  /** The same of all connections of one address, within `strikeTime`: then nobody there may log in until it is over. */
  readonly maxFailedLoginsPerAddress: number;
  readonly strikeTime: number;
  /** Recipients that one user may write to within an hour. */
  readonly maxRecipientsPerHour: number;
}

export const DEFAULT_SMTP_LIMITS: SmtpLimits = {
  maxSize: 64 * 1024 * 1024,
  maxConnections: 100,
  maxConnectionsPerAddress: 20,
  maxRecipients: 100,
  maxLine: 4096,
  timeout: 5 * 60_000,
  maxDataTime: 60 * 60_000,
  minRate: 100,
  slowAfterRefusals: 3,
  slowDown: 2_000,
  maxRefusals: 10,
  maxRefusalsPerAddress: 100,
  failedLoginDelay: 2_000,
  maxFailedLogins: 3,
  maxFailedLoginsPerAddress: 20,
  strikeTime: 15 * 60_000,
  maxRecipientsPerHour: 300,
};
