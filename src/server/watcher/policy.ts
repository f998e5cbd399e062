/** How the watcher listens, and how patient it is. Milliseconds. */
export interface WatchPolicy {
  /** Whether connections stay to listen; else they are made only to look. */
  readonly idle: boolean;
  /** How often annotations are read again, and every mailbox is looked at whatever the server told. */
  readonly rereadMs: number;
  /** Without IDLE: between two looks on a connection that stays. */
  readonly noIdleMs: number;
  /** With `idle` off: between two looks. */
  readonly pollMs: number;
  /** After a look that may have come too early, another. */
  readonly againMs: number;
  readonly backoff: { readonly firstMs: number; readonly longestMs: number };
  /** After a refused password: anything quicker looks like guessing, and gets whole networks locked out. */
  readonly wrongPassword: { readonly firstMs: number; readonly longestMs: number };
  /** How many connections may be on their way at once. */
  readonly connecting: number;
}

const MINUTE = 60_000;

export const defaultWatchPolicy: WatchPolicy = {
  idle: true,
  rereadMs: 5 * MINUTE,
  noIdleMs: 2 * MINUTE,
  pollMs: 15 * MINUTE,
  againMs: 5000,
  backoff: { firstMs: 1000, longestMs: 5 * MINUTE },
  wrongPassword: { firstMs: 15 * MINUTE, longestMs: 4 * 60 * MINUTE },
  connecting: 20,
};

/** Between half and all of it, so that a thousand connections that were lost together do not come back together. */
export function backoffMs({ firstMs, longestMs }: WatchPolicy['backoff'], failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20)) * (0.5 + Math.random() / 2);
}
