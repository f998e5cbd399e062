import { connect } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Account } from '../../../src/mail/account.ts';
import { imapSession } from '../../../src/mail/imap/open-session.ts';
import type { SyncOptions } from '../../../src/mail/sync/options.ts';
import type { SyncResult } from '../../../src/mail/sync/result.ts';
import { synchronise } from '../../../src/mail/sync/synchronise.ts';

/** A user's copy of INBOX on the device. */
export interface DeviceCopy {
  readonly account: Account;
  /** Root of the Maildir. */
  readonly root: string;
  readonly profilePath: string;
  /** Of the server's request. */
  readonly hint?: SyncOptions['hint'];
}

/** Synchronises INBOX as the device does, over a TCP connection on loopback. */
export function syncInbox(
  { account, root, profilePath, hint }: DeviceCopy,
  signal: AbortSignal,
): Promise<SyncResult> {
  return synchronise({
    open: imapSession({
      account,
      connect: (_host, port) => connect(port, '127.0.0.1'),
      profilePath,
      clock: systemClock,
      log: silentLog,
    }),
    root,
    targets: [{ mailbox: 'INBOX' }],
    hint,
    budgetBytes: 1e9,
    clock: systemClock,
    log: silentLog,
    signal,
  });
}
