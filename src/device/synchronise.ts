import { abortable, withDeadline } from '../base/deadline.ts';
import { asError } from '../base/errors.ts';
import type { Report, SyncRequest } from '../bus/topics.ts';
import type { Link } from '../link/link.ts';
import type { WholeWanted } from '../mail/partial/wanted.ts';
import type { MailSession } from '../mail/session.ts';
import type { SyncResult } from '../mail/sync/result.ts';
import type { Opening } from './opening.ts';
import type { DeviceParts } from './parts.ts';

/** What one synchronisation came to, as far as the message server and the user want to know. */
export interface Synchronised {
  readonly result: 'ok' | 'partial' | 'failed';
  readonly reason?: string;
  readonly reached: Report['reached'];
  readonly fetched: number;
  readonly fetchedBytes: number;
  readonly roundTrips: number;
  /** Absent when it threw. */
  readonly detail?: SyncResult;
}

/** A report says no more than this. */
const MAX_REASON = 500;
const MAX_REACHED = 100;

export interface SynchroniseOptions {
  readonly parts: Pick<DeviceParts, 'mail' | 'clock' | 'policy'>;
  readonly link: Link;
  readonly session: Opening<MailSession>;
  readonly request: SyncRequest | undefined;
  readonly consent: boolean;
  readonly fetch?: readonly WholeWanted[] | undefined;
  readonly acceptDeletions?: readonly string[] | undefined;
  readonly ownNetwork?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Synchronises over a session that may have been opened already. Never rejects: a failure is a result. */
export async function synchronise(options: SynchroniseOptions): Promise<Synchronised> {
  const {
    parts,
    link,
    request,
    consent,
    fetch = [],
    acceptDeletions = [],
    ownNetwork: cheap = false,
    signal,
  } = options;
  try {
    const session = await options.session.start(signal);
    const targets = request?.targets;
    const open = (s: AbortSignal) => parts.mail.open(link, s);
    const word = { consent, fetch, acceptDeletions, cheap };
    const job = { session, open, targets, hint: request?.hint, ...word, signal };
    return summary(await toItsEnd('the synchronisation', parts, parts.mail.synchronise(job), signal));
  } catch (error) {
    const reason = asError(signal.aborted ? signal.reason : error).message.slice(0, MAX_REASON);
    return { result: 'failed', reason, reached: [], fetched: 0, fetchedBytes: 0, roundTrips: 0 };
  }
}

/** When the time is over, work still gets a moment to stop by itself: what was reached until then counts. */
export async function toItsEnd<T>(
  what: string,
  { clock, policy }: Pick<DeviceParts, 'clock' | 'policy'>,
  running: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const wait = { what: `stopping ${what}`, ms: policy.closeMs };
  return await abortable(running, signal).catch(() => withDeadline(clock, wait, () => running));
}

function summary(detail: SyncResult): Synchronised {
  const { mailboxes, cost } = detail;
  const good = mailboxes.filter(({ result }) => result === 'ok');
  const reasons = mailboxes
    .filter(({ result }) => result !== 'ok')
    .map(({ mailbox, result, reason }) => `${mailbox}: ${reason ?? result}`);
  const reached = mailboxes.flatMap(({ mailbox, reached }) => (reached ? [{ mailbox, ...reached }] : []));
  return {
    result: reasons.length === 0 ? 'ok' : good.length > 0 || reached.length > 0 ? 'partial' : 'failed',
    ...(reasons.length > 0 && { reason: reasons.join('; ').slice(0, MAX_REASON) }),
    reached: reached.slice(0, MAX_REACHED),
    fetched: mailboxes.reduce((sum, one) => sum + one.fetched, 0),
    fetchedBytes: mailboxes.reduce((sum, one) => sum + one.fetchedBytes, 0),
    roundTrips: cost.roundTrips,
    detail,
  };
}

/** Whether everything that a request wants was reached. */
export function covers(reached: Report['reached'], { targets }: SyncRequest): boolean {
  return targets.every((target) =>
    reached.some(
      ({ mailbox, uidvalidity, uidnext }) =>
        mailbox === target.mailbox && uidvalidity === target.uidvalidity && uidnext >= target.uidnext,
    ),
  );
}
