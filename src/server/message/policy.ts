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
  /**
   * Attempts until the device reports. After the last one the server waits for the device's own fallback poll; new mail
   * is then worth one attempt per the last rung's wait.
   */
  readonly ladder: readonly [Rung, ...Rung[]];
  /** Share of a wait by which it is lengthened at random, so that many devices do not come at once. */
  readonly jitter: number;
  /** Triggers to one device in any hour, in any 24 hours, and in any 30 days. */
  readonly perHour: number;
  readonly perDay: number;
  readonly perMonth: number;
  /** How long a session that said hello may take before it counts as unanswered, milliseconds. */
  readonly sessionMs: number;
  /**
   * Wait after a failure of all gateways; doubled each time, up to an hour. Where none of them will get better by itself
   * (wrong number, wrong password), an hour, doubled up to a day. Milliseconds.
   */
  readonly gatewayRetryMs: number;
  /** How long one gateway may take over one text or call, milliseconds. */
  readonly gatewayDeadlineMs: number;
  /** How long a sync request is good, milliseconds. */
  readonly requestLifeMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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
  perMonth: 600,
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
  return jittered(policy, rungOf(policy, attempt).waitMs);
}

/** What failed at all gateways: whether one of them may do better soon, or when one says that it may. */
export interface GatewayTrouble {
  readonly temporary: boolean;
  /** Milliseconds since 1970. */
  readonly freeAt?: number | undefined;
}

/** How long to wait after so many failures of all gateways in a row. Never longer than a day: then it is looked at again. */
export function gatewayWait(policy: Policy, failures: number, trouble: GatewayTrouble, now: number): number {
  const doublings = 2 ** Math.min(failures - 1, 10);
  const until = trouble.freeAt === undefined ? DAY : Math.max(trouble.freeAt - now, 0);
  if (trouble.temporary) return Math.min(policy.gatewayRetryMs * doublings, HOUR, until);
  // Not all devices at the same instant.
  if (trouble.freeAt !== undefined) {
    const spread = Math.min(Math.max(until, MINUTE), HOUR);
    return Math.min(until, DAY) + jittered(policy, spread) - spread;
  }
  return Math.min(HOUR * doublings, DAY);
}

/** Longer than any wait that the policy makes; the user's interval may be longer. Milliseconds. */
export function longestWait(policy: Policy): number {
  const waits = [DAY + HOUR, policy.sessionMs, ...policy.ladder.map(({ waitMs }) => waitMs)];
  return Math.max(...waits) * (1 + policy.jitter);
}

function jittered(policy: Policy, ms: number): number {
  return Math.round(ms * (1 + policy.jitter * Math.random()));
}
