import { asError } from '../../base/errors.ts';
import { nodeFiles } from '../../base/files.ts';
import { mailboxDirectory } from '../maildir/mailbox-path.ts';
import { Courier } from './courier.ts';
import type { FilingParts, Taken } from './filing.ts';
import { openNotes } from './notes.ts';
import type { OutboxOptions, OutboxResult, RefusedMessage, SentMessage } from './options.ts';
import { Spool, type Waiting } from './spool.ts';

/**
 * Submits what waits in the Outbox, oldest first, over one connection (RFC 6409), and files it in Sent. Never rejects: the
 * result says what became of each message. An empty Outbox costs two directory reads.
 *
 * The power or the connection may go at any time. A message leaves the Outbox only after the server's 250, so none is lost. It
 * can be sent twice in one case, which no client can rule out (RFC 5321 4.5.3.2.6 and 6.1): all of it was handed over, and
 * the 250 did not come, or the power went before what the 250 said was on the disk. Both then have the same
 * Message-ID, which is stored before the first attempt, and the user is told.
 */
export async function submitOutbox(options: OutboxOptions): Promise<OutboxResult> {
  const { root, files = nodeFiles, clock } = options;
  const tally = new Tally();
  try {
    const spool = new Spool(mailboxDirectory(root, 'Outbox'), files, clock);
    const waiting = await spool.waiting();
    tally.left = waiting.length;
    if (waiting.length > 0) await deliver(waiting, { options, spool, files }, tally);
  } catch (error) {
    tally.error = asError(error);
  }
  return tally.result();
}

async function deliver(
  waiting: readonly Waiting[],
  { options, spool, files }: Omit<FilingParts, 'notes'>,
  tally: Tally,
): Promise<void> {
  await spool.open();
  const notes = await openNotes(spool.path, files);
  const courier = new Courier({ options, spool, files, notes });
  try {
    for (const one of waiting) tally.add(await courier.take(one));
  } finally {
    await courier[Symbol.asyncDispose]();
    tally.cost = courier.cost() ?? NO_COST;
  }
  const sent = tally.sent.map(({ base }) => base);
  await notes.tidy(new Set(waiting.map(({ entry }) => entry.base).filter((base) => !sent.includes(base))));
}

const NO_COST = { bytesUp: 0, bytesDown: 0, roundTrips: 0 };

/** The result as it grows. */
class Tally {
  readonly sent: SentMessage[] = [];
  readonly refused: RefusedMessage[] = [];
  left = 0;
  error: Error | undefined;
  cost = NO_COST;

  add(taken: Taken): void {
    if (taken.kind === 'left') this.error ??= taken.error;
    else this.left -= 1;
    if (taken.kind === 'sent') this.sent.push(taken.message);
    if (taken.kind === 'refused') this.refused.push(taken.message);
  }

  result(): OutboxResult {
    const { sent, refused, left, error, cost } = this;
    return { sent, refused, left, ...(error && { error }), cost };
  }
}
