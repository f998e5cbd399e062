import type { Annotations } from './annotations.ts';

/** What a mailbox says about Ringpost, as it was found. */
export interface AnnotatedMailbox {
  readonly user: string;
  readonly mailbox: string;
  readonly annotations: Annotations;
}

/**
 * Mailboxes that can carry annotations (RFC 5464): those of the embedded mail server, or those of an IMAP server
 * that the watcher looks after. Entries are named as in `ENTRIES`.
 */
export interface AnnotatedMailboxes {
  /** What was found last, of mailboxes that have been looked at. */
  known(): readonly AnnotatedMailbox[];
  /**
   * Asks the server for the entries of `ENTRIES` that are set. Throws RingpostError: `no-metadata` where the server has
   * none, `unknown-mailbox` where this process does not look after it, else what the connection did, which is temporary.
   */
  read(user: string, mailbox: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Sets entries; null removes one. Resolves once the server said that it is done. Throws as `read`, and `metadata-refused`. */
  write(
    user: string,
    mailbox: string,
    entries: ReadonlyMap<string, string | null>,
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Told what a mailbox says when it is first read, and whenever that has changed, also when `write` changed it.
   * Somebody else's change is found at the next reading, minutes later. Returns what ends the telling.
   */
  onChanged(listener: (mailbox: AnnotatedMailbox) => void): () => void;
}
