import type { NetworkCall } from '../../network/call.ts';

/** Call states of +CLCC (3GPP TS 27.007 7.18). */
export type CallState = 0 | 1 | 2 | 3 | 4 | 5;

export const ACTIVE = 0;
export const HELD = 1;
export const DIALLING = 2;
export const ALERTING = 3;
export const INCOMING = 4;

/** One call as the modem sees it. */
export interface ModemCall {
  readonly id: number;
  readonly incoming: boolean;
  readonly number: string;
  readonly network: NetworkCall;
  state: CallState;
  /** `Clock.monotonic()` at the answer. */
  answeredAt: number | undefined;
}
