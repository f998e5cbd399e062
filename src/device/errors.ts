import { RingpostError } from '../base/errors.ts';

/**
 * What the agent refuses or could not finish. Codes: `no-modem` (temporary), `device-stopped`, `given-up`,
 * `server-silent` (temporary), `budget-used` (temporary), `inbox-full`, `bad-settings`.
 */
export class DeviceError extends RingpostError {}
