import type { StoredMessage } from '../../store/records.ts';

/** A message that SEARCH looks at. */
export interface Subject {
  readonly message: StoredMessage;
  /** `\Recent` in this session. */
  readonly recent: boolean;
  /** Decoded values of all header fields of that name. */
  header(name: string): Promise<readonly string[]>;
  /** The day of the Date field, without regard to its zone, in days since 1970 (RFC 3501 6.4.4). */
  sentDay(): Promise<number | undefined>;
  /** Whether the decoded text has this (in lower case) in it. */
  contains(text: string, withHeader: boolean): Promise<boolean>;
}

/** A test of SEARCH. */
export interface SearchKey {
  /** The dearest thing that it may have to read. */
  readonly needs: 'index' | 'header' | 'text';
  /** The answer must then tell the highest MODSEQ of what was found (RFC 7162 3.1.5). */
  readonly usesModseq?: boolean;
  holds(subject: Subject): Promise<boolean>;
}
