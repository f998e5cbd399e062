import type { Clock } from '../../base/clock.ts';
import type { Answers } from './power.ts';

const PAUSE_MS = 1000;

/** Asks until the modem answers or `ms` are over; resolves with whether it answers. */
export async function untilUp(
  answers: Answers,
  { clock, ms }: { readonly clock: Clock; readonly ms: number },
  signal: AbortSignal,
): Promise<boolean> {
  const end = clock.monotonic() + ms;
  for (;;) {
    if (await answers(signal)) return true;
    if (clock.monotonic() >= end) return false;
    await clock.sleep(PAUSE_MS, signal);
  }
}
