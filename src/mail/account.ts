/** How to reach a user's mailbox over IMAP. TLS always, verified; implicit (port 993) or STARTTLS. */
export interface Account {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls: {
    readonly mode: 'implicit' | 'starttls';
    /** PEM of the authorities to trust instead of the system's. */
    readonly ca?: string | undefined;
    /** Name to verify, default `host`. */
    readonly servername?: string | undefined;
  };
}
