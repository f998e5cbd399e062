import { randomUUID } from 'node:crypto';
import type { Hello, Request, SyncRequest } from '../../bus/topics.ts';
import { effective } from './decide.ts';
import type { Policy } from './policy.ts';
import type { DeviceState } from './state.ts';

/** As many targets as one request takes; a device synchronises its mailboxes whole, whatever is named. */
const MAX_TARGETS = 100;

/** The answer to a hello. While off, only the user's own wish to synchronise is served (R10). */
export function answerTo(state: DeviceState, hello: Hello, now: number, policy: Policy): Request {
  const wanted = effective(state).on || hello.cause === 'user';
  const request = state.outstanding?.request || randomUUID();
  if (state.owed.length === 0 || !wanted) return { do: 'nothing', request };
  return syncRequest(state, request, now, policy);
}

/** Everything that is owed, in one request. */
export function syncRequest(state: DeviceState, request: string, now: number, policy: Policy): SyncRequest {
  const sum = (pick: 'count' | 'size') => state.owed.reduce((total, owed) => total + owed[pick], 0);
  return {
    do: 'sync',
    request,
    targets: state.owed
      .slice(0, MAX_TARGETS)
      .map(({ mailbox, uidvalidity, uidnext }) => ({ mailbox, uidvalidity, uidnext })),
    hint: { count: sum('count'), size: sum('size') },
    expires: now + policy.requestLifeMs,
  };
}
