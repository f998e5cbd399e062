import type { Clock } from '../base/clock.ts';

/** Waits `ms` milliseconds of this clock, 0 not at all. Rejects with the signal's reason. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await clock.sleep(ms, signal);
}

/** Runs `action` after `ms` milliseconds of this clock, unless the signal fires first. No wait at all for 0. */
export function later(clock: Clock, ms: number, signal: AbortSignal, action: () => void): void {
  pause(clock, ms, signal).then(
    () => {
      if (!signal.aborted) action();
    },
    () => {},
  );
}
