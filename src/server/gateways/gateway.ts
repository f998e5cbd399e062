import type { RingOutcome } from '../../modem/modem.ts';

/** A way to reach a telephone number: a modem, or a provider. It offers what it can. */
export interface SmsGateway {
  /** Named in the address book and in the log. */
  readonly name: string;
  /** Resolves when the network took the text; rejects with the gateway's error. */
  sendSms?(number: string, text: string, signal: AbortSignal): Promise<void>;
  /** Lets the number ring and hangs up. Rejects when no call could be placed. */
  ring?(number: string, signal: AbortSignal): Promise<RingOutcome>;
}
