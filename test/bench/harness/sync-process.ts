import { connect } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Account } from '../../../src/mail/account.ts';
import { imapSession } from '../../../src/mail/imap/open-session.ts';
import type { SyncResult } from '../../../src/mail/sync/result.ts';
import { synchronise } from '../../../src/mail/sync/synchronise.ts';
import { childJob, peakMegabytes, sendAnswer } from './child.ts';

/** One synchronisation of INBOX, as the device does it, in a process of its own. */
export interface SyncJob {
  /** Absent: the modules are loaded, and nothing is synchronised. */
  readonly account?: Account;
  readonly root: string;
  readonly profilePath: string;
}

export interface SyncAnswer {
  readonly peakMegabytes: number;
  /** From the first step to the result; without the start of the process. */
  readonly seconds: number;
  readonly result: SyncResult;
}

const IDLE: SyncResult = { mailboxes: [], cost: { bytesUp: 0, bytesDown: 0, roundTrips: 0 } };

async function sync({ account, root, profilePath }: SyncJob): Promise<SyncResult> {
  if (!account) return IDLE;
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
    budgetBytes: 1e9,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
  });
}

const began = performance.now();
const result = await sync(childJob<SyncJob>());
const seconds = (performance.now() - began) / 1000;
sendAnswer({ peakMegabytes: peakMegabytes(), seconds, result } satisfies SyncAnswer);
