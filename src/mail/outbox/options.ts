import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { Files } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import type { Account } from '../account.ts';
import type { SessionCost } from '../session.ts';

/** How to reach the server that takes the user's mail (RFC 6409); TLS always, verified (RFC 8314). */
export interface SubmissionAccount extends Account {
  /** The name to give in EHLO; default an address, for the name of a handheld is nobody's business (RFC 5321 4.1.3). */
  readonly ehlo?: string | undefined;
  /** Envelope sender of every message, where the server wants its own; default: Sender, else From, of the message. */
  readonly sender?: string | undefined;
}

export interface OutboxOptions {
  /** The device's Maildir root; the Outbox is `.Outbox` below it. */
  readonly root: string;
  /** A TCP connection, at once writable; `Link.connect` fits. */
  readonly connect: (host: string, port: number) => Duplex;
  readonly account: SubmissionAccount;
  /** Mailbox in which what was sent is filed, by its name or, once it was synchronised, as `\Sent` (RFC 6154). Default `Sent`. */
  readonly sentMailbox?: string | undefined;
  /** As in SyncOptions: where it is remembered which mailbox is `\Sent`. */
  readonly registry?: string | undefined;
  readonly files?: Files | undefined;
  readonly clock: Clock;
  /** A clock before this instant (milliseconds since 1970) is known to be wrong; TLS errors then say so. */
  readonly clockFloor?: number | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A recipient that the server did not take, and its words. */
export interface Missed {
  readonly address: string;
  readonly reason: string;
}

/** A message of the Outbox as the user knows it. */
export interface Named {
  /** Its base name in the Outbox. */
  readonly base: string;
  /** At most 80 characters, without control characters. */
  readonly subject: string;
}

export interface SentMessage extends Named {
  /** Recipients for whom the server took it, in this session and in earlier ones. */
  readonly accepted: number;
  /** Who does not get it. */
  readonly missed: readonly Missed[];
  /** An earlier attempt was cut off, so that it may have been sent twice, with the same Message-ID. */
  readonly perhapsTwice: boolean;
}

export interface RefusedMessage extends Named {
  readonly reason: string;
}

/** What became of the Outbox. */
export interface OutboxResult {
  /** Sent to everybody who is to get it, and filed. */
  readonly sent: readonly SentMessage[];
  /** Refused in this session: they stay, flagged, and wait for the user. */
  readonly refused: readonly RefusedMessage[];
  /** Messages that wait for another session. */
  readonly left: number;
  /** Why something waits: the connection, the account, the disk, or the server for now (then `temporary`). */
  readonly error?: Error;
  readonly cost: SessionCost;
}
