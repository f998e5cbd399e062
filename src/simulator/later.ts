import type { Clock } from '../base/clock.ts';

/** Runs `action` after `ms` milliseconds of this clock, unless the signal fires first. No wait at all for 0. */
export function later(clock: Clock, ms: number, signal: AbortSignal, action: () => void): void {
  const wait = ms > 0 ? clock.sleep(ms, signal) : Promise.resolve();
  wait.then(
    () => {
      if (!signal.aborted) action();
    },
    () => {},
  );
}
