import { RingpostError } from '../base/errors.ts';

/**
 * A text that enrols no device, or a device that cannot take it. Codes: `not-enrolment`, `other-version`,
 * `damaged-enrolment`, `bad-enrolment`, `other-device`, `no-servers`.
 */
export class EnrolmentError extends RingpostError {}
