import type { AtChannel } from './at-channel.ts';
import type { DataCall } from './data/data-call.ts';
import type { Profile } from './profile.ts';

/** A short message that was read from the modem's store; a concatenated one is whole. */
export interface Sms {
  readonly kind: 'sms';
  /** Originating address: `+4915112345678`, or the letters of an alphanumeric sender. Proves nothing. */
  readonly from: string;
  /** The text; of an 8-bit message its bytes as Latin-1. */
  readonly text: string;
  /** Payload and application ports of an 8-bit message (3GPP TS 23.040 9.2.3.24.4). */
  readonly data?: { readonly bytes: Uint8Array; readonly port: number | undefined };
  /** Service centre time stamp, milliseconds since 1970. */
  readonly sentAt: number;
  /** Deletes it from the modem's store. Call once what it asked for is durable; until then a sweep finds it again. */
  done(): Promise<void>;
}

/** A ringing call. It is still ringing: `Modem.hangUp` ends it. */
export interface Call {
  readonly kind: 'call';
  /** From +CLIP or +CLCC; undefined when withheld or not told. Proves nothing. */
  readonly from: string | undefined;
}

export type Incoming = Sms | Call;

/** How an outgoing call that only rings ended. `answered` costs money and is logged by the caller. */
export type RingOutcome = 'rang' | 'busy' | 'answered' | 'no-answer' | 'refused';

export interface Registration {
  readonly registered: boolean;
  readonly roaming: boolean;
  /** In words: `registered, home network`, `denied: illegal MS (cause 3)`. */
  readonly text: string;
}

/** A modem that is ready: SIM unlocked, settings made, SMS notification on. Made by `openModem`. */
export interface Modem extends AsyncDisposable {
  /** What arrives, and what the sweeps find. One consumer. Ends when the modem is disposed, throws when its line is lost. */
  incoming(): AsyncIterable<Incoming>;
  /** Reads every stored message and hands it to `incoming()`; returns how many were found. */
  sweep(signal?: AbortSignal): Promise<number>;
  /** Sends one text, in parts when needed; resolves with the message references when the network took all parts. */
  sendSms(to: string, text: string, signal?: AbortSignal): Promise<readonly number[]>;
  /** Calls, lets it ring for up to `ms` milliseconds, hangs up. Never talks. */
  ring(number: string, ms: number, signal?: AbortSignal): Promise<RingOutcome>;
  /** Ends every call (the ladder of the profile), verified by an empty +CLCC. Never touches a data call. */
  hangUp(signal?: AbortSignal): Promise<void>;
  /**
   * Opens a data call with the dial strings of the profile. On a single UART commands wait until it is over, and nothing
   * that arrives meanwhile is noticed. Rejects with ModemError, see `dialData`.
   */
  dialData(signal?: AbortSignal): Promise<DataCall>;
  /** Leaves the packet network and joins it again. Rejects with ModemError `not-registered`. */
  reattach(signal?: AbortSignal): Promise<void>;
  /** Restarts it; resolves when it is ready again. A USB modem takes its ports with it: the line is lost then (`line-closed`). */
  reset(signal?: AbortSignal): Promise<void>;
  /** To be called when it was restarted from outside, by its power: makes its settings anew; resolves when it is ready again. */
  restarted(signal?: AbortSignal): Promise<void>;
  registration(signal?: AbortSignal): Promise<Registration>;
  /** Received signal strength in dBm, undefined when not known. */
  signalStrength(signal?: AbortSignal): Promise<number | undefined>;
  /** Network time (+CCLK), milliseconds since 1970, undefined when the network gave none. */
  networkTime(signal?: AbortSignal): Promise<number | undefined>;
  /** For `link/`, which speaks the sockets dialect over the same channel. */
  readonly channel: AtChannel;
  /** Names from the profile: `sim7600`; dialect of its sockets, undefined when it has none. */
  readonly profile: {
    readonly name: string;
    readonly sockets: Exclude<Profile['sockets'], null> | undefined;
  };
  /** Resolves when the modem is lost. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}
