import type { Disposables } from '../../../base/disposables.ts';
import type { SmsGateway } from '../../../server/gateways/gateway.ts';
import type { RadioParts } from '../radio.ts';

export interface GatewaySurroundings extends RadioParts {
  /** What was opened is disposed of with it. */
  readonly owned: Disposables;
  /** How long a modem lets a device ring, milliseconds. */
  readonly ringMs: number;
}

export interface OpenedGateway {
  readonly gateway: SmsGateway;
  /** Resolves, with the error, when it is over for good and the process with it; absent: it never is. */
  readonly lost?: Promise<Error | undefined>;
}
