import { type EffectiveSettings, mergeSettings } from '../../bus/settings.ts';
import { budgetFreeAt } from './budget.ts';
import type { Policy } from './policy.ts';
import type { DeviceState } from './state.ts';

/** What to do about a device now. Times are milliseconds since 1970. */
export type Decision =
  /** `exhausted`: the ladder is over; the device comes by itself, or new mail gives a new reason. */
  | { readonly do: 'rest'; readonly why: 'nothing-owed' | 'off' | 'exhausted' }
  | { readonly do: 'wait'; readonly why: 'interval' | 'report' | 'budget'; readonly until: number }
  | { readonly do: 'trigger'; readonly attempt: number }
  /** The last rung's time is over, and nobody reported. */
  | { readonly do: 'give-up' };

/**
 * The rules, in their order: nothing owed, nothing sent. Off wins. One trigger at a time, up the ladder, and no
 * further than its end. Not sooner than the interval after the last synchronisation. Within the budgets.
 */
export function decide(state: DeviceState, now: number, policy: Policy): Decision {
  if (state.owed.length === 0) return { do: 'rest', why: 'nothing-owed' };
  const { on, intervalSeconds } = effective(state);
  if (!on) return { do: 'rest', why: 'off' };
  const { outstanding } = state;
  if (outstanding?.phase === 'exhausted') return { do: 'rest', why: 'exhausted' };
  if (outstanding && now < outstanding.due) {
    return { do: 'wait', why: 'report', until: outstanding.due };
  }
  const attempt = outstanding ? outstanding.attempt + 1 : 0;
  if (attempt >= policy.ladder.length) return { do: 'give-up' };
  const free = state.lastSync === null ? 0 : state.lastSync + intervalSeconds * 1000;
  if (now < free) return { do: 'wait', why: 'interval', until: free };
  const budget = budgetFreeAt(state, now, policy);
  if (now < budget) return { do: 'wait', why: 'budget', until: budget };
  return { do: 'trigger', attempt };
}

/** What the settings of both sides come to. */
export function effective(state: DeviceState): EffectiveSettings {
  return mergeSettings(state.settings.server, state.settings.device ?? undefined).effective;
}
