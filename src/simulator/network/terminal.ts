import type { NetworkCall } from './call.ts';

/** What the network asks of a modem that is attached to it. */
export interface Terminal {
  readonly number: string;
  /** Hands over an SMS-DELIVER; `full` leaves it with the network until `memoryAvailable`. */
  deliver(tpdu: Uint8Array): 'taken' | 'full';
  /** Hands over an SMS-STATUS-REPORT. */
  report(tpdu: Uint8Array): void;
  /** Begins to ring, or is busy, or has no voice. */
  ring(call: NetworkCall): 'ringing' | 'busy' | 'unreachable';
}
