/** What happened in the network, for a timeline. Times are `Clock.now()`, numbers are whole (redact them in logs). */
export type NetworkEvent = { readonly at: number } & (
  | { readonly kind: SmsEventKind; readonly from: string; readonly to: string; readonly tpdu: Uint8Array }
  | { readonly kind: 'sms-refused'; readonly from: string; readonly to: string; readonly reason: string }
  | { readonly kind: CallEventKind; readonly from: string; readonly to: string }
  | { readonly kind: 'call-ended'; readonly from: string; readonly to: string; readonly cause: CallEnd }
  | { readonly kind: 'attached' | 'detached'; readonly number: string }
  | { readonly kind: 'connected'; readonly number: string; readonly host: string; readonly port: number }
  | {
      readonly kind: 'disconnected';
      readonly number: string;
      readonly host: string;
      readonly port: number;
      readonly bytesUp: number;
      readonly bytesDown: number;
    }
);

/** `sms-waiting`: kept by the network, because the receiver is off or its store is full. */
export type SmsEventKind =
  | 'sms-submitted'
  | 'sms-delivered'
  | 'sms-waiting'
  | 'sms-lost'
  | 'sms-duplicated'
  | 'sms-reordered';

export type CallEventKind = 'call-placed' | 'call-ringing' | 'call-answered';

/** Who or what ended a call. `busy`: the called side was busy or refused. */
export type CallEnd = 'caller' | 'callee' | 'busy' | 'no-answer' | 'unreachable' | 'lost';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** An event whose time is not yet written on it. */
export type Occurrence = DistributiveOmit<NetworkEvent, 'at'>;
