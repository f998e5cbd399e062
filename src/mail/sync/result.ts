import type { SessionCost } from '../session.ts';

/** How many messages were brought, changed and told. */
export interface Figures {
  readonly fetched: number;
  readonly fetchedBytes: number;
  /** Changed here as the server said. */
  readonly flagged: number;
  readonly expunged: number;
  /** Sent from here, and copied or moved at the server as here. */
  readonly appended: number;
  readonly transferred: number;
  /** Changed at the server as here. */
  readonly flagsTold: number;
  readonly removedThere: number;
}

/** What a synchronisation of one mailbox came to. */
export interface MailboxResult extends Figures {
  readonly mailbox: string;
  /**
   * `consent-needed`: the initial download is over the budget; `owed`: older mail waits for the next session; `guarded`: a guard stopped it, nothing was
   * changed on either side; `failed`: see `error`. What was reached until then is kept.
   */
  readonly result: 'ok' | 'consent-needed' | 'owed' | 'guarded' | 'failed';
  /** In words, for people: why it is not `ok`, or what the server did not take. */
  readonly reason?: string;
  /** The place up to which both copies agree; absent when the mailbox was never selected. */
  readonly reached?: { readonly uidvalidity: number; readonly uidnext: number };
}

export interface SyncResult {
  readonly mailboxes: readonly MailboxResult[];
  readonly cost: SessionCost;
}
