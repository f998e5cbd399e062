import type { EffectiveSettings } from '../bus/settings.ts';

/** How much one kind of session may use. Absent: no such limit. */
export interface Limits {
  readonly sessionsPerHour?: number | undefined;
  readonly sessionsPerDay?: number | undefined;
  /** Bytes both ways. */
  readonly bytesPerDay?: number | undefined;
  readonly bytesPerMonth?: number | undefined;
}

/** What the owner may decide about the agent; times in milliseconds. */
export interface Policy {
  /** Longest session, from the first dial to the last hang-up. */
  readonly sessionMs: number;
  /** Longest wait for the data session. */
  readonly linkMs: number;
  /** Longest wait, once the data session is up, for the message server's request. */
  readonly requestMs: number;
  /** Longest wait for a connection or data session to close, and for a hang-up. */
  readonly closeMs: number;
  /** Longest sweep of the modem's SMS store. */
  readonly sweepMs: number;
  /** Whether a verified SMS leads to a synchronisation although the message server cannot be reached. */
  readonly fallBack: boolean;
  /** Waits before the second, third ... try of a session that failed. */
  readonly retryMs: readonly number[];
  /** Most sessions for one trigger, those included that took the power down with them. */
  readonly mostTries: number;
  /** Time between fall-back polls; 0: never. */
  readonly pollMs: number;
  /** For sessions after an SMS, and polls. */
  readonly budget: Limits;
  /** For sessions after a call: a caller's number proves nothing. */
  readonly callBudget: Limits;
  /** Settings until somebody chooses. */
  readonly settings: EffectiveSettings;
  /** Largest file of SMS texts that are no triggers, in bytes. */
  readonly inboxBytes: number;
}

export const defaultPolicy: Policy = {
  sessionMs: 300_000,
  linkMs: 90_000,
  requestMs: 45_000,
  closeMs: 20_000,
  sweepMs: 60_000,
  fallBack: true,
  retryMs: [30_000, 120_000, 600_000],
  mostTries: 6,
  pollMs: 0,
  budget: { sessionsPerHour: 12, sessionsPerDay: 100, bytesPerDay: 20_000_000, bytesPerMonth: 300_000_000 },
  callBudget: { sessionsPerHour: 4, sessionsPerDay: 24, bytesPerDay: 5_000_000, bytesPerMonth: 50_000_000 },
  settings: { on: true, intervalSeconds: 600 },
  inboxBytes: 4_000_000,
};
