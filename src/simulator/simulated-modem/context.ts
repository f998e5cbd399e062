import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Faults } from '../faults.ts';
import type { Attachment } from '../network.ts';
import type { Personality } from '../personalities.ts';
import type { ParameterValues } from './parameters.ts';
import type { Urc } from './urc-queue.ts';

/** What the behaviours of one modem share. */
export interface ModemContext {
  readonly number: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly personality: Personality;
  readonly faults: Faults;
  readonly parameters: ParameterValues;
  /** Fires when the modem is reset or disposed; another one follows a reset. */
  readonly life: () => AbortSignal;
  readonly attachment: Attachment;
  /** Rings until the modem answers by itself (V.250 S0); 0: never. */
  readonly ringsToAnswer: () => number;
  /** Writes unsolicited lines as soon as no command is being answered. */
  urc(...lines: readonly string[]): void;
  urcBytes(urc: Urc): void;
}
