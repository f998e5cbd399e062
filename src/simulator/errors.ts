import { RingpostError } from '../base/errors.ts';

/**
 * What the simulator cannot do: `no-pty` (no pseudo terminal here; the message names the mend), `bad-tpdu`,
 * `number-taken`, `refused` (an AT command refused by a simulated modem; never leaves it).
 */
export class SimulatorError extends RingpostError {}
