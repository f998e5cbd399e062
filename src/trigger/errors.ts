import { RingpostError } from '../base/errors.ts';

/**
 * What cannot be sealed, or a replay guard that cannot be trusted. Codes: `bad-key`, `bad-field`,
 * `bad-device`, `guard-missing`, `guard-broken`, `guard-exists`.
 */
export class TriggerError extends RingpostError {}
