import { codeOf, type ErrorDetails, RingpostError } from '../../base/errors.ts';

interface GatewayErrorDetails extends ErrorDetails {
  /** Nothing left and nothing will: the text may be sent again without the device's user paying twice. */
  readonly surely: boolean;
  /** With `over-cap`: when the gateway may send again, milliseconds since 1970. */
  readonly freeAt?: number | undefined;
}

/**
 * A gateway did not send, or does not know whether it did: `no-directory`, `not-allowed`, `bad-number`, `refused`,
 * `no-credit`, `throttled`, `not-sent`, `deadline`, `over-cap`; over HTTP also `unreachable`, `bad-tls`, `broken`, `too-long`. `surely`
 * tells which of both. `fields.retryAfterMs`: when the provider wants to be asked again, if it says so.
 */
export class GatewayError extends RingpostError {
  readonly surely: boolean;
  readonly freeAt: number | undefined;

  constructor(message: string, details: GatewayErrorDetails) {
    super(message, details);
    this.surely = details.surely;
    this.freeAt = details.freeAt;
  }
}

/** Out of time, or a modem that was lost in the middle. */
const UNSURE = new Set(['deadline', 'timeout', 'line-closed']);

/** Whether nothing left, and nothing will; also of the errors of a modem, which do not say it themselves. */
export function surelyNotSent(error: unknown): boolean {
  return error instanceof GatewayError ? error.surely : !UNSURE.has(codeOf(error) ?? '');
}
