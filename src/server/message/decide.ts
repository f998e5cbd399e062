import { type EffectiveSettings, mergeSettings } from '../../bus/settings.ts';
import type { Policy } from './policy.ts';
import type { DeviceState } from './state.ts';

/** What to do about a device now. Times are milliseconds since 1970. */
export type Decision =
  | { readonly do: 'rest'; readonly why: 'nothing-owed' | 'off' }
  | { readonly do: 'wait'; readonly why: 'interval' | 'report' | 'budget'; readonly until: number }
  | { readonly do: 'trigger'; readonly attempt: number };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * The rules, in their order: nothing owed, nothing sent. Off wins. One trigger at a time, up the ladder. Not sooner
 * than the interval after the last synchronisation. Within the budgets.
 */
export function decide(state: DeviceState, now: number, policy: Policy): Decision {
  if (state.owed.length === 0) return { do: 'rest', why: 'nothing-owed' };
  const { on, intervalSeconds } = effective(state);
  if (!on) return { do: 'rest', why: 'off' };
  const { outstanding } = state;
  if (outstanding && now < outstanding.due) {
    return { do: 'wait', why: 'report', until: outstanding.due };
  }
  const free = state.lastSync === null ? 0 : state.lastSync + intervalSeconds * 1000;
  if (!outstanding && now < free) return { do: 'wait', why: 'interval', until: free };
  const budget = budgetFreeAt(state.sent, now, policy);
  if (now < budget) return { do: 'wait', why: 'budget', until: budget };
  return { do: 'trigger', attempt: outstanding ? outstanding.attempt + 1 : 0 };
}

/** What the settings of both sides come to. */
export function effective(state: DeviceState): EffectiveSettings {
  return mergeSettings(state.settings.server, state.settings.device ?? undefined).effective;
}

/** The part of `sent` that still counts. */
export function recentlySent(sent: readonly number[], now: number): number[] {
  return sent.filter((at) => at > now - DAY);
}

/** When the next trigger is allowed: now or later. */
function budgetFreeAt(sent: readonly number[], now: number, policy: Policy): number {
  const day = recentlySent(sent, now).sort((one, other) => one - other);
  const hour = day.filter((at) => at > now - HOUR);
  return Math.max(freeAt(hour, policy.perHour, HOUR), freeAt(day, policy.perDay, DAY), now);
}

function freeAt(sent: readonly number[], limit: number, window: number): number {
  const blocking = sent[sent.length - limit];
  return blocking === undefined ? 0 : blocking + window;
}
