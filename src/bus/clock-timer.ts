import type { Clock } from '../base/clock.ts';

/** `setInterval` and `clearInterval` over a Clock, in the shape in which mqtt.js takes its keep-alive timer. */
export function clockTimer(clock: Clock): {
  set(work: () => void, ms: number): number;
  clear(id: number): void;
} {
  const running = new Map<number, AbortController>();
  let last = 0;
  return {
    set(work, ms) {
      last += 1;
      const stop = new AbortController();
      running.set(last, stop);
      repeat(clock, work, ms, stop.signal).catch(() => {});
      return last;
    },
    clear(id) {
      running.get(id)?.abort();
      running.delete(id);
    },
  };
}

async function repeat(clock: Clock, work: () => void, ms: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(ms, signal);
    work();
  }
}
