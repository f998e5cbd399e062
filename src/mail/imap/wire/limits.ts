/** What a peer may make us keep in memory for one command or response. */
export interface WireLimits {
  /** Bytes of one line, its literals not counted. */
  readonly maxLine: number;
  /** Parentheses and sections open at the same time. */
  readonly maxDepth: number;
  /** Literals in one line. */
  readonly maxLiterals: number;
  /** Bytes of one literal that nobody takes as a stream. */
  readonly maxBufferedLiteral: number;
}

export const DEFAULT_LIMITS: WireLimits = {
  maxLine: 64 * 1024,
  maxDepth: 64,
  maxLiterals: 64,
  maxBufferedLiteral: 1024 * 1024,
};
