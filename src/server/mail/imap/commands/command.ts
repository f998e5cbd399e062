import type { Arguments } from '../arguments.ts';
import type { Session } from '../session.ts';

/** What stands in the tagged OK. */
export interface Outcome {
  readonly text: string;
  /** Response code without brackets; a function is called after the untagged updates were written. */
  readonly code?: string | (() => string | undefined) | undefined;
  /** Runs when the tagged OK was written: STARTTLS and COMPRESS change the stream there. */
  readonly after?: () => Promise<void>;
}

export interface CommandSpec {
  /** In which states it may be used (RFC 3501 3). */
  readonly states: readonly Session['state'][];
  /**
   * Which untagged updates come before the tagged answer. RFC 3501 7.4.1: no EXPUNGE in an answer to FETCH,
   * STORE or SEARCH by sequence number.
   */
  readonly updates: 'all' | 'no-expunge' | 'none';
  run(session: Session, args: Arguments, byUid: boolean): Promise<Outcome>;
}

export type CommandTable = Readonly<Record<string, CommandSpec>>;

export const ANY = ['new', 'authenticated', 'selected'] as const;
export const LOGGED_IN = ['authenticated', 'selected'] as const;
export const SELECTED = ['selected'] as const;
