import { asError } from '../base/errors.ts';
import type { Link } from '../link/link.ts';
import type { OutboxResult } from '../mail/outbox/options.ts';
import { deadlineSignal } from './opening.ts';
import type { DeviceParts } from './parts.ts';
import type { OutboxRecord } from './state/history.ts';
import { toItsEnd } from './synchronise.ts';
import { outboxLines } from './words.ts';

export interface EmptyOutboxOptions {
  readonly parts: Pick<DeviceParts, 'mail' | 'clock' | 'policy'>;
  readonly link: Link;
  readonly signal: AbortSignal;
}

const NOTHING: OutboxResult = {
  sent: [],
  refused: [],
  left: 0,
  cost: { bytesUp: 0, bytesDown: 0, roundTrips: 0 },
};

/**
 * Submits what waits in the Outbox, where one is configured. It may take half of a session: the other half is for the
 * synchronisation, which brings the copy in Sent to the server. Never rejects: a failure is a result.
 */
export async function emptyOutbox({ parts, link, signal }: EmptyOutboxOptions): Promise<OutboxResult> {
  const { mail, clock, policy } = parts;
  if (!mail.outbox) return NOTHING;
  using over = deadlineSignal(clock, { what: 'the Outbox', ms: policy.sessionMs / 2, signal });
  try {
    return await toItsEnd('the Outbox', parts, mail.outbox(link, over.signal), over.signal);
  } catch (error) {
    return { ...NOTHING, error: asError(error) };
  }
}

/** For the session's record; undefined when nothing waited. */
export function outboxRecord(result: OutboxResult): OutboxRecord | undefined {
  const { sent, refused, left, error } = result;
  if (sent.length + refused.length + left === 0 && !error) return undefined;
  return { sent: sent.length, refused: refused.length, left, said: outboxLines(result) };
}
