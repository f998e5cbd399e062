import type { Clock } from '../../base/clock.ts';

export interface Watched {
  readonly clock: Clock;
  /** Milliseconds without progress after which `onStall` is called. */
  readonly stallMs: number;
  /** Monotonic time of the last progress; undefined while nothing is waited for. */
  lastProgress(): number | undefined;
  onStall(): void;
}

/** Watches over progress until nothing is waited for, or the signal fires. */
export async function watch(
  { clock, stallMs, lastProgress, onStall }: Watched,
  signal: AbortSignal,
): Promise<void> {
  for (let last = lastProgress(); last !== undefined && !signal.aborted; last = lastProgress()) {
    const left = stallMs - (clock.monotonic() - last);
    if (left <= 0) return onStall();
    await clock.sleep(left, signal).catch(() => {});
  }
}
