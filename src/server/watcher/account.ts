/** Where the IMAP server is. */
export interface WatchedServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls';
  /** PEM of the authority to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Name in the certificate, where it is not the host. */
  readonly servername?: string | undefined;
}

/** How one user logs in, and what of theirs is watched. */
export interface WatchedUser {
  /** As in the configuration, in the log, and in pushes. */
  readonly user: string;
  /** What LOGIN gets: the user, or with a master user Dovecot's `user*master`. */
  readonly login: string;
  readonly password: string;
  /** By their names as people write them, not in modified UTF-7. At least one. */
  readonly mailboxes: readonly string[];
  /** Instead of the annotation. */
  readonly device?: string | undefined;
}
