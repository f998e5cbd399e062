import { RingpostError } from '../../base/errors.ts';
import type { Room } from './room.ts';

/** In the order in which they are walked, from the Pi to the mail server. */
export const STAGES = [
  'port',
  'holder',
  'uart',
  'modem',
  'sim',
  'pin',
  'registration',
  'signal',
  'sms',
  'sms-to-self',
  'data-session',
  'names',
  'tls',
  'mqtt',
  'imap',
] as const;

export type StageName = (typeof STAGES)[number];

/** One part of the way. */
export interface Stage {
  readonly name: StageName;
  /** For people: `who holds the port`. */
  readonly title: string;
  /** Without these there is nothing to look at. */
  readonly needs: readonly StageName[];
  /** Resolves with what is well, in a sentence. Rejects with Ailment, Skipped, or what a part threw. */
  check(room: Room, signal: AbortSignal): Promise<string>;
  /** What to do where the error does not say it. */
  readonly mend: string;
}

/** What the doctor found at one stage. */
export interface Finding {
  readonly stage: StageName;
  readonly title: string;
  /** `skipped`: it could not be looked at, or was not asked for. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly text: string;
  /** Of a failure: a stable name for programs. */
  readonly code?: string;
  /** Of a failure: the one line that mends it. */
  readonly mend?: string;
}

/** Something is wrong, and this mends it. */
export class Ailment extends RingpostError {
  readonly mend: string;

  constructor(code: string, message: string, mend: string, cause?: unknown) {
    super(message, { code, ...(cause === undefined ? {} : { cause }) });
    this.mend = mend;
  }
}

/** The stage was not looked at, for this reason. */
export class Skipped extends RingpostError {
  constructor(message: string) {
    super(message, { code: 'skipped' });
  }
}
