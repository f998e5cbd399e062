import { type ErrorDetails, RingpostError } from '../../base/errors.ts';

interface GatewayErrorDetails extends ErrorDetails {
  /** Nothing left and nothing will: the text may be sent again without the device's user paying twice. */
  readonly surely: boolean;
}

/**
 * A gateway did not send, or does not know whether it did: `no-directory`, `not-allowed`, `bad-number`, `refused`,
 * `not-sent`, `deadline`. `surely` tells which of both.
 */
export class GatewayError extends RingpostError {
  readonly surely: boolean;

  constructor(message: string, details: GatewayErrorDetails) {
    super(message, details);
    this.surely = details.surely;
  }
}
