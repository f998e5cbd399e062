import type { Clock } from '../../../base/clock.ts';
import type { SmtpLimits } from './limits.ts';

export type PaceLimits = Pick<SmtpLimits, 'timeout' | 'minRate' | 'maxDataTime'>;

/**
 * Calls `tooSlow` when a message comes in so slowly that it only holds the connection: below `minRate` on the average,
 * or longer than `maxDataTime` in all. `received`: bytes so far.
 */
export async function keepPace(
  clock: Clock,
  limits: PaceLimits,
  received: () => number,
  signal: AbortSignal,
  tooSlow: () => void,
): Promise<void> {
  const begun = clock.monotonic();
  const allowed = () => Math.min(limits.maxDataTime, limits.timeout + (received() * 1000) / limits.minRate);
  const left = () => begun + allowed() - clock.monotonic();
  try {
    while (left() > 0) await clock.sleep(left(), signal);
  } catch {
    return;
  }
  tooSlow();
}
