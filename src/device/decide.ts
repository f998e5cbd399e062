import type { Cause, Request, SyncRequest } from '../bus/topics.ts';

/** What came of asking the message server. */
export type Answer = { readonly request: Request } | { readonly silent: unknown };

export type Decision =
  | { readonly do: 'synchronise'; readonly request: SyncRequest | undefined; readonly fallBack: boolean }
  | { readonly do: 'nothing' }
  | { readonly do: 'off'; readonly request: SyncRequest | undefined }
  | { readonly do: 'fail'; readonly error: unknown };

export interface Circumstances {
  readonly cause: Cause;
  readonly answer: Answer;
  /** Server-initiated synchronisation is on. */
  readonly on: boolean;
  /** A request that came in an earlier session, was not answered and has not expired. */
  readonly kept: SyncRequest | undefined;
  /** Policy: synchronise after a verified SMS although the message server is silent. */
  readonly fallBack: boolean;
}

/** Whether the session synchronises, and at whose request. Off wins over everything but the user. */
export function decide({ cause, answer, on, kept, fallBack }: Circumstances): Decision {
  const byItself = cause === 'user' || cause === 'poll';
  const request = 'request' in answer && answer.request.do === 'sync' ? answer.request : undefined;
  if (!on && cause !== 'user') return { do: 'off', request };
  if (request) return { do: 'synchronise', request, fallBack: false };
  if ('request' in answer) {
    return byItself ? { do: 'synchronise', request: undefined, fallBack: false } : { do: 'nothing' };
  }
  // The server said so itself, only in a session that was cut.
  if (kept) return { do: 'synchronise', request: kept, fallBack: true };
  if (byItself || (cause === 'sms' && fallBack)) {
    return { do: 'synchronise', request: undefined, fallBack: true };
  }
  return { do: 'fail', error: answer.silent };
}
