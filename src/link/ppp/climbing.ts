import type { Clock } from '../../base/clock.ts';
import { asError, codeOf, RingpostError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Modem } from '../../modem/modem.ts';
import type { Power } from '../../modem/power/power.ts';
import type { Link, OpenLink } from '../link.ts';
import { atRest, atTheFoot, climb, defaultLadder, type LadderPolicy, type Rung } from './ladder.ts';

export interface ClimbingOptions {
  readonly open: OpenLink;
  readonly modem: Pick<Modem, 'reattach' | 'reset' | 'restarted'>;
  readonly power?: Power | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: LadderPolicy;
}

/**
 * Opens data sessions, and after a failure that may pass climbs the ladder: again, re-attach, reset, power cycle. Permanent
 * failures (`auth-refused`, `pppd-setup`) and a lost line are thrown at once. Where it stands is kept between calls.
 */
export function climbing(options: ClimbingOptions): OpenLink {
  const { open, power, clock, log, policy = defaultLadder } = options;
  let state = atTheFoot;
  return async (signal): Promise<Link> => {
    for (;;) {
      try {
        const link = await open(signal);
        state = atRest(state);
        return link;
      } catch (error) {
        if (signal.aborted || !mayPass(error)) throw error;
        const step = climb(state, clock.monotonic(), power !== undefined, policy);
        state = step.state;
        if (step.rung === undefined) throw error;
        log.warn(
          { reason: asError(error).message, next: step.rung },
          'no data session; the ladder is climbed',
        );
        await take(step.rung, { ...options, policy }, signal);
      }
    }
  };
}

/** A rung that fails is no reason to stop; a modem that is gone is. */
async function take(
  rung: Rung,
  { modem, power, clock, log, policy }: ClimbingOptions & { policy: LadderPolicy },
  signal: AbortSignal,
): Promise<void> {
  try {
    if (rung === 'again') await clock.sleep(policy.pauseMs, signal);
    if (rung === 'reattach') await modem.reattach(signal);
    if (rung === 'reset') await modem.reset(signal);
    if (rung === 'power-cycle') {
      await power?.cycle(signal);
      await modem.restarted(signal);
    }
  } catch (error) {
    if (signal.aborted || codeOf(error) === 'line-closed') throw error;
    log.warn({ rung, reason: asError(error).message }, 'a rung of the ladder failed');
  }
}

function mayPass(error: unknown): boolean {
  if (codeOf(error) === 'modem-lost' || codeOf(error) === 'line-closed') return false;
  return error instanceof RingpostError && error.temporary;
}
