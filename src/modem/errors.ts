import { RingpostError } from '../base/errors.ts';

/** What a modem, its line or its network refused. The codes stand at `AtChannel`. */
export class ModemError extends RingpostError {}
