/** Partial messages that are to be brought whole, at the user's wish. */
export interface WholeWanted {
  /** Absent: every configured mailbox. */
  readonly mailbox?: string | undefined;
  /** Message-IDs with their angle brackets, and base names of message files (what stands before the `:`); or all. */
  readonly which: 'all' | readonly string[];
}
