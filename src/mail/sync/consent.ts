import type { Budget } from './budget.ts';
import type { SyncState } from './state.ts';

/** What the mailbox waits for the user's consent for; undefined when it does not, or the budget allows it now. */
export function awaitedConsent(state: SyncState, budget: Budget): SyncState['awaiting'] {
  return state.awaiting && budget.refuses(state.awaiting.bytes, state.consented) ? state.awaiting : undefined;
}

/** Nothing is waited for any more; consent given now holds until the download that it was given for is complete. */
export function withConsent(state: SyncState, budget: Budget): SyncState {
  const { awaiting: _settled, ...rest } = state;
  return { ...rest, consented: state.consented || budget.consent };
}

/** All that was owed is here: consent is used up. */
export function consentUsedUp(state: SyncState): SyncState {
  return state.consented && state.owed.isEmpty ? { ...state, consented: false } : state;
}
