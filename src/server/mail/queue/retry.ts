/** When a message is tried again. Times in milliseconds. */
export interface RetryPolicy {
  /** After the first failure; doubled after each. */
  readonly first: number;
  readonly longest: number;
  /** From the acceptance on: then its sender is told that it could not be sent (RFC 5321 4.5.4.1: 4 to 5 days). */
  readonly lifetime: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  first: 60_000,
  longest: 4 * 3_600_000,
  lifetime: 5 * 86_400_000,
};

/** The wait after so many attempts, a quarter more or less, so that what failed together is not tried together. */
export function retryDelay(attempts: number, { first, longest }: RetryPolicy, random: () => number): number {
  const doubled = Math.min(longest, first * 2 ** Math.min(attempts - 1, 30));
  return Math.round(doubled * (0.75 + random() / 2));
}
