import type { Log } from '../base/log.ts';
import type { Observe } from '../base/steps.ts';
import type { Cause } from '../bus/topics.ts';
import type { WholeWanted } from '../mail/partial/wanted.ts';
import type { DeviceParts, Radio } from './parts.ts';
import type { SessionRecord } from './state/history.ts';
import type { State } from './state/state.ts';

/** Why a session is opened, and for what. */
export interface Job {
  readonly cause: Cause;
  /** `settings`: only tell the server what it does not know yet. */
  readonly goal: 'synchronise' | 'settings';
  /** The user agreed to a large initial download. */
  readonly consent: boolean;
  /** Partial messages that the user wants whole; absent: none. */
  readonly fetch?: readonly WholeWanted[];
  /** Over the machine's own network instead of a data call. */
  readonly ownNetwork?: boolean;
  /** Mailboxes in which the user says that many messages went on purpose; absent: none. */
  readonly acceptDeletions?: readonly string[];
}

export interface SessionContext {
  readonly parts: DeviceParts;
  readonly radio: Radio;
  readonly state: State;
  readonly observe: Observe;
  readonly log: Log;
}

export interface SessionEnd {
  readonly record: SessionRecord;
  /** Nothing is gained by trying again: mail is in step, or the server knows that it is not. */
  readonly settled: boolean;
  /** Triggers up to this number are covered by what the session did. */
  readonly covered: number;
}

/** What a session came to, without its cost. */
export type Outcome = Pick<SessionRecord, 'result' | 'reason' | 'request' | 'fetched' | 'fetchedBytes'> & {
  readonly settled: boolean;
};
