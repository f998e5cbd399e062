import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
import { asError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Missed } from '../../../mail/outbox/options.ts';
import type { Outcome, Peer } from '../../../mail/outbox/replies.ts';
import { Submission } from '../../../mail/outbox/submission.ts';
import { done, type Entry, failed, put, type Recipient } from './entry.ts';

/** The server that takes mail for everybody else; its `user` is empty where it wants no password. */
export type Smarthost = Peer['account'];

export interface SmarthostParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** A TCP connection, at once writable; default over the network of this machine. */
  readonly connect?: ((host: string, port: number) => Duplex) | undefined;
}

/** Hands a message over for these recipients; tells what became of each. Never rejects. */
export async function relay(
  account: Smarthost,
  parts: SmarthostParts,
  entry: Entry,
  recipients: readonly Recipient[],
  bytes: AsyncIterable<Uint8Array>,
): Promise<Recipient[]> {
  const { clock, log, signal, connect: dial = toNetwork } = parts;
  const { sender, size, eightBit, id } = entry;
  const envelope = { sender, recipients: recipients.map(({ address }) => address) };
  const submission = new Submission({ account, clock, signal, connect: dial });
  try {
    await submission.open();
    const outcome = await submission.send({ envelope, size, eightBit, bytes });
    if (outcome.kind === 'lost') log.warn({ err: outcome.error, id }, 'The smarthost was lost');
    return recipients.map((one) => after(one, outcome, clock.now()));
  } catch (error) {
    log.warn({ err: error, id }, 'The smarthost could not be used; the message waits');
    return recipients.map((one) => put(one, asError(error).message));
  } finally {
    await submission[Symbol.asyncDispose]();
  }
}

function toNetwork(host: string, port: number): Duplex {
  return connect(port, host);
}

function after(one: Recipient, outcome: Outcome, now: number): Recipient {
  if (outcome.kind === 'lost') return put(one, outcome.error.message);
  if (outcome.kind === 'later') return put(one, outcome.reason);
  const missed = reasonFor(one, outcome.missed);
  if (missed !== undefined) return failed(one, missed, now);
  if (outcome.kind === 'accepted') {
    const later = reasonFor(one, outcome.later);
    return later === undefined ? done(one) : put(one, later);
  }
  // Refused at RCPT, each on its own: who is not among those refused for good was refused for now.
  return outcome.missed.length > 0 ? put(one, outcome.reason) : failed(one, outcome.reason, now);
}

function reasonFor({ address }: Recipient, missed: readonly Missed[]): string | undefined {
  return missed.find((one) => one.address.toLowerCase() === address.toLowerCase())?.reason;
}
