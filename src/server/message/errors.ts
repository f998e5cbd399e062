import { RingpostError } from '../../base/errors.ts';

/** What the message server refused: `unknown-device`, `bad-contact`, `not-sent` (temporary), `closed`. */
export class MessageServerError extends RingpostError {}
