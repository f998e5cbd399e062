import { systemClock } from '../../src/base/clock.ts';
import { nodeFiles } from '../../src/base/files.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Account } from '../../src/mail/account.ts';
import { synchronise } from '../../src/mail/sync/synchronise.ts';
import { sessionsAt } from '../support/sessions-at.ts';
import { watchedFiles } from '../support/watched-files.ts';

/** One synchronisation in a process of its own, which ends itself by SIGKILL ahead of a durable step. */
export interface KilledSync {
  readonly account: Account;
  readonly root: string;
  readonly profilePath: string;
  readonly mailboxes: readonly string[];
  readonly targets: readonly string[];
  readonly acceptDeletions: readonly string[];
  /** Ahead of which step (the first is 0); absent: its parent kills it. */
  readonly step?: number;
}

const job = JSON.parse(process.argv[2] ?? '') as KilledSync;
const files = watchedFiles(nodeFiles, (changes) => {
  if (changes === job.step) process.kill(process.pid, 'SIGKILL');
});
process.send?.('begins');
await synchronise({
  open: sessionsAt(job.account, job.profilePath),
  root: job.root,
  targets: job.targets.map((mailbox) => ({ mailbox })),
  mailboxes: job.mailboxes,
  acceptDeletions: job.acceptDeletions,
  budgetBytes: 10_000_000,
  files,
  clock: systemClock,
  log: silentLog,
  signal: AbortSignal.timeout(20_000),
});
process.disconnect?.();
