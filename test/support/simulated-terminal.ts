import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import { type BytePort, bytePortPair } from '../../src/simulator/byte-port.ts';
import { type Conditions, INSTANT_CONDITIONS } from '../../src/simulator/network/conditions.ts';
import type { NetworkEvent } from '../../src/simulator/network/events.ts';
import { CellularNetwork, type NetworkOptions } from '../../src/simulator/network.ts';
import {
  type SimulatedModem,
  type SimulatedModemOptions,
  simulateModem,
} from '../../src/simulator/simulated-modem/modem.ts';

/** A person at a terminal program: types bytes, reads what comes. Knows nothing of AT commands. */
export class Terminal {
  /** Everything that came, as Latin-1. */
  received = '';
  readonly #port: BytePort;

  constructor(port: BytePort) {
    this.#port = port;
    port.onData((bytes) => {
      this.received += Buffer.from(bytes).toString('latin1');
    });
  }

  type(text: string | Uint8Array): void {
    void this.#port.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Waits until what was not yet taken holds this, takes it with all before, and returns that. */
  async until(text: string | RegExp): Promise<string> {
    for (let left = 2000; left > 0; left -= 1) {
      const end = endOf(this.received, text);
      if (end !== undefined) return this.take(end);
      await delay(left > 1900 ? 0 : 5);
    }
    throw new Error(`waited for ${text}, have ${JSON.stringify(this.received)}`);
  }

  /** Types a command line and returns all up to its final result. */
  async command(line: string): Promise<string> {
    this.take();
    this.type(`${line}\r`);
    return this.until(/\r\n(OK|ERROR|NO CARRIER|\+CM[ES] ERROR: [^\r]*)\r\n/);
  }

  take(length = this.received.length): string {
    const taken = this.received.slice(0, length);
    this.received = this.received.slice(length);
    return taken;
  }
}

function endOf(received: string, text: string | RegExp): number | undefined {
  const match = typeof text === 'string' ? received.indexOf(text) : (received.match(text)?.index ?? -1);
  const length = typeof text === 'string' ? text.length : (received.match(text)?.[0].length ?? 0);
  return match < 0 ? undefined : match + length;
}

export interface Bench {
  readonly clock: SimulatedClock;
  readonly network: CellularNetwork;
  readonly events: NetworkEvent[];
  /** Adds a modem; nothing takes time unless the options say so. Echo is off. */
  modem(options?: Partial<SimulatedModemOptions>): Promise<{ terminal: Terminal; modem: SimulatedModem }>;
  /** The same with a second terminal, `data`. */
  twoTtys(
    options?: Partial<SimulatedModemOptions>,
  ): Promise<{ terminal: Terminal; data: Terminal; modem: SimulatedModem }>;
}

export const ALICE = '+4915110000001';
export const BOB = '+4915110000002';

/** A network with modems on ports in memory, gone when the test is over. */
export function bench(options: Partial<NetworkOptions> & { conditions?: Partial<Conditions> } = {}): Bench {
  const clock = new SimulatedClock();
  const conditions = { ...INSTANT_CONDITIONS, ...options.conditions };
  const network = new CellularNetwork({ clock: clock as Clock, ...options, conditions });
  const events: NetworkEvent[] = [];
  network.onEvent((event) => events.push(event));
  onTestFinished(() => network[Symbol.asyncDispose]());
  const room: Bench = {
    clock,
    network,
    events,
    async modem(wanted = {}) {
      const [port, terminalPort] = bytePortPair();
      const terminal = new Terminal(terminalPort);
      const number = wanted.number ?? ALICE;
      const timeless = { baudRate: Number.POSITIVE_INFINITY, commandLatencyMs: 0 };
      const modem = simulateModem({ ...timeless, clock, network, port, number, ...wanted });
      onTestFinished(() => modem[Symbol.asyncDispose]());
      if (!wanted.baudRate && !wanted.commandLatencyMs) await terminal.command('ATE0');
      return { terminal, modem };
    },
    async twoTtys(wanted = {}) {
      const [dataPort, terminalPort] = bytePortPair();
      const data = new Terminal(terminalPort);
      return { ...(await room.modem({ ...wanted, dataPort })), data };
    },
  };
  return room;
}
