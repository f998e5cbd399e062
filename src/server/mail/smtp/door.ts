import type { SMTPServerAuthentication } from 'smtp-server';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Spool } from '../store/spool.ts';
import type { LogIn, Users } from '../users.ts';
import type { SmtpLimits } from './limits.ts';
import type { Strikes } from './strikes.ts';
import type { TakenIn } from './take-in.ts';
import type { Accepted, Visit } from './visit.ts';

/** What all doors share. */
export interface SmtpRoom {
  /** The name in the greeting and in Received fields. */
  readonly name: string;
  readonly store: MailStore;
  readonly users: Users;
  readonly limits: SmtpLimits;
  /** By network, at all doors together: refused senders and recipients, and wrong passwords. */
  readonly strikes: { readonly refusals: Strikes; readonly logIns: Strikes };
  readonly clock: Clock;
  readonly log: Log;
}

/** A message that is here whole, and not yet anybody's. */
export interface Arrived extends TakenIn {
  readonly visit: Visit;
  /** Its name in the Received field and in the log. */
  readonly id: string;
  readonly sender: string;
  readonly accepted: readonly Accepted[];
  readonly spool: Spool;
}

/** How one kind of SMTP server answers. `sender`, `recipient` and `message` may throw SmtpReply; anything else is answered 451 and logged. */
export interface Door {
  readonly kind: 'smtp' | 'submission' | 'lmtp';
  /** Undefined: the password is wrong. Without it there is no AUTH. */
  logIn?(auth: SMTPServerAuthentication): Promise<LogIn | undefined>;
  sender?(visit: Visit, address: string): void;
  recipient(visit: Visit, address: string): Accepted;
  /** The words after 250; for LMTP a reply for each recipient. */
  message(arrived: Arrived): Promise<string | (string | Error)[]>;
}
