import { codeOf, type ErrorDetails, RingpostError } from '../../base/errors.ts';

interface GatewayErrorDetails extends ErrorDetails {
  /** Nothing left and nothing will: the text may be sent again without anybody paying twice. */
  readonly surely: boolean;
}

/**
 * A gateway did not send, or does not know whether it did; `surely` tells which of both. Codes of the spools:
 * `no-directory`, `not-allowed`, `bad-number`, `bad-text`, `not-written`, `refused`, `not-sent`, `deadline`.
 */
export class GatewayError extends RingpostError {
  readonly surely: boolean;

  constructor(message: string, details: GatewayErrorDetails) {
    super(message, details);
    this.surely = details.surely;
  }
}

/** Whether an error of a gateway means that nothing left. After a deadline that is open. */
export function surelyNothingLeft(error: unknown): boolean {
  return error instanceof GatewayError ? error.surely : codeOf(error) !== 'deadline';
}
