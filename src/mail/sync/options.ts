import type { Clock } from '../../base/clock.ts';
import type { Files } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import type { WholeWanted } from '../partial/wanted.ts';
import type { MailSession, OpenMailSession } from '../session.ts';

/** A mailbox to bring in step, by its name or by what it is for (`\Sent`, RFC 6154); `target` is what the server's request says is there. */
export interface SyncTarget {
  readonly mailbox: string;
  readonly target?: { readonly uidvalidity: number; readonly uidnext: number } | undefined;
}

export interface SyncOptions {
  /** Opens a session; called once at the start (unless `opening` is given) and again when a second one is needed. */
  readonly open: OpenMailSession;
  /** A session that is being opened already, because the air time for it was well spent elsewhere. */
  readonly opening?: Promise<MailSession> | undefined;
  /** The device's Maildir root: INBOX itself, other mailboxes as `.Name` below it. */
  readonly root: string;
  /**
   * Document outside of `root` that remembers which mailboxes are there, so that a lost mount or a formatted card
   * is not taken for an empty copy. Default `<root>.mailboxes.json`, beside the root.
   */
  readonly registry?: string | undefined;
  readonly targets: readonly SyncTarget[];
  /** Mailboxes to be set up here when they never were; later they take part when they are targets or changed here. */
  readonly mailboxes?: readonly string[] | undefined;
  /** Count and size (bytes) of what the server says is new. */
  readonly hint?: { readonly count: number; readonly size: number } | undefined;
  /** Message bytes that one synchronisation may download without asking. */
  readonly budgetBytes: number;
  /**
   * Message bytes that one session brings at most of mailboxes that are in step, newest mail first; what does not fit stays owed
   * to the next session. Consent lifts it. Default: no limit.
   */
  readonly sessionBytes?: number | undefined;
  /** The user agreed to a download over the budget. Kept for the mailbox until that download is complete. */
  readonly consent?: boolean | undefined;
  /** Of larger messages (bytes) only the beginning is brought, as a partial copy. Default: all come whole. */
  readonly wholeUpTo?: number | undefined;
  /** Partial copies of which the rest is brought now. */
  readonly fetch?: readonly WholeWanted[] | undefined;
  /** Mailboxes in which the user has confirmed that many messages went at once, here or at the server. */
  readonly acceptDeletions?: readonly string[] | undefined;
  readonly files?: Files | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}
