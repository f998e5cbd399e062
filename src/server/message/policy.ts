/** One rung of the retry ladder. */
export interface Rung {
  /** How long the report of this attempt is awaited before the next one, milliseconds. */
  readonly waitMs: number;
  /** Kind of trigger instead of the contact's preferred one. */
  readonly trigger?: 'sms' | 'call' | undefined;
}

/** What triggers may cost, and how patient the server is. */
export interface Policy {
  /** Of a device whose user has not chosen one. */
  readonly defaultIntervalSeconds: number;
  /** Attempts until the device reports; the last rung repeats. */
  readonly ladder: readonly [Rung, ...Rung[]];
  /** Share of a wait by which it is lengthened at random, so that many devices do not come at once. */
  readonly jitter: number;
  /** Triggers to one device in any hour, and in any 24 hours. */
  readonly perHour: number;
  readonly perDay: number;
  /** How long a session that said hello may take before it counts as unanswered, milliseconds. */
  readonly sessionMs: number;
  /** Wait after a failure of all gateways; doubled each time, up to an hour. Milliseconds. */
  readonly gatewayRetryMs: number;
  /** How long one gateway may take over one text or call, milliseconds. */
  readonly gatewayDeadlineMs: number;
  /** How long a sync request is good, milliseconds. */
  readonly requestLifeMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const defaultPolicy: Policy = {
  defaultIntervalSeconds: 600,
  ladder: [
    { waitMs: 1.5 * MINUTE },
    { waitMs: 5 * MINUTE },
    { waitMs: 30 * MINUTE },
    { waitMs: 2 * HOUR },
    { waitMs: 6 * HOUR },
    { waitMs: 24 * HOUR },
  ],
  jitter: 0.1,
  perHour: 12,
  perDay: 100,
  sessionMs: 10 * MINUTE,
  gatewayRetryMs: MINUTE,
  gatewayDeadlineMs: 2 * MINUTE,
  requestLifeMs: 24 * HOUR,
};

/** The rung of an attempt, counted from 0. */
export function rungOf(policy: Policy, attempt: number): Rung {
  const index = Math.min(Math.max(attempt, 0), policy.ladder.length - 1);
  return policy.ladder[index] ?? policy.ladder[0];
}

/** How long to await the report of an attempt, with jitter. */
export function waitOf(policy: Policy, attempt: number): number {
  return Math.round(rungOf(policy, attempt).waitMs * (1 + policy.jitter * Math.random()));
}
