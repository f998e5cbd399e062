import { type Clock, systemClock } from '../../src/base/clock.ts';

/** A clock that runs so many times faster than this machine's: real sockets and files, and patience that is short. */
export function quickClock(times: number): Clock {
  const began = systemClock.now();
  const start = systemClock.monotonic();
  return {
    now: () => Math.round(began + (systemClock.monotonic() - start) * times),
    monotonic: () => systemClock.monotonic() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
