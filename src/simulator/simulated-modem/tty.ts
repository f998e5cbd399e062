import type { Clock } from '../../base/clock.ts';
import type { BytePort } from '../byte-port.ts';
import type { Faults } from '../faults.ts';
import { ByteInput } from './input.ts';
import { ByteOutput } from './output.ts';
import { Serial } from './serial.ts';
import { UrcQueue } from './urc-queue.ts';

export interface TtyOptions {
  readonly port: BytePort;
  readonly clock: Clock;
  readonly baudRate: number;
  readonly faults: Faults;
  /** The modem is disposed. */
  readonly over: AbortSignal;
}

/** One terminal of a modem: its bytes both ways, how it shows them, and the unsolicited lines that wait for it. */
export class Tty {
  readonly input: ByteInput;
  readonly output: ByteOutput;
  readonly serial: Serial;
  readonly urcs: UrcQueue;

  constructor({ port, clock, baudRate, faults, over }: TtyOptions) {
    this.input = new ByteInput(clock, baudRate, over);
    this.output = new ByteOutput(port, clock, baudRate, faults);
    this.serial = new Serial(this.output);
    this.urcs = new UrcQueue(this.serial, clock, over);
    const stop = port.onData((bytes) => this.input.push(bytes));
    over.addEventListener('abort', stop, { once: true });
    void this.output.run(over);
  }

  /** The state after power-on. */
  reset(): void {
    this.serial.restore();
    this.urcs.clear();
  }
}
