import type { SessionCost } from '../session.ts';

/** What a synchronisation of one mailbox came to. */
export interface MailboxResult {
  readonly mailbox: string;
  /**
   * `consent-needed`: the initial download is over the budget; `guarded`: a guard stopped it, nothing was
   * changed on either side; `failed`: see `error`. What was reached until then is kept.
   */
  readonly result: 'ok' | 'consent-needed' | 'guarded' | 'failed';
  /** In words, for people, unless `ok`. */
  readonly reason?: string;
  /** The place up to which both copies agree; absent when the mailbox was never selected. */
  readonly reached?: { readonly uidvalidity: number; readonly uidnext: number };
  readonly fetched: number;
  readonly fetchedBytes: number;
  readonly flagged: number;
  readonly expunged: number;
}

export interface SyncResult {
  readonly mailboxes: readonly MailboxResult[];
  readonly cost: SessionCost;
}
