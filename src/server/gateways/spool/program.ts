/** What differs between the programs that send the texts which they find in a directory. */
export interface SpoolProgram {
  /** Named in errors. */
  readonly name: string;
  /** The group that its directories belong to, where Debian's package made them. */
  readonly group: string;
  /** The name of a file for this text; `ours` is to be in it as it is. The program takes no other names. */
  fileName(ours: string, number: string, now: Date): string;
  content(number: string, text: string): string;
  /** What it wrote into a file that it could not send. `surely`: nothing was sent. */
  failure(content: string): { readonly reason: string; readonly surely: boolean };
  /**
   * It moves a file out of the first directory before it sends it, and locks it while it does: so who has taken an
   * unlocked file away knows that it was not sent.
   */
  readonly movesFirst: boolean;
}

/** Where a program has its files. */
export interface SpoolDirectories {
  readonly outgoing: string;
  /** Where a file waits between `outgoing` and being sent. */
  readonly queues: readonly string[];
  readonly sent: string;
  readonly failed: string;
}
