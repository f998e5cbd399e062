import type { Clock } from '../base/clock.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Carrier } from './carrier.ts';
import type { Conditions } from './network/conditions.ts';
import { CellularNetwork } from './network.ts';
import { type Personality, SIM7600 } from './personalities.ts';
import { openPty } from './pty.ts';
import { type SimulatedModem, simulateModem } from './simulated-modem/modem.ts';

/** One modem of a simulation. */
export interface SimulationModem {
  readonly number: string;
  /** A symbolic link to its terminal, for a name that stays. */
  readonly link?: string | undefined;
  /** It has a second terminal for data calls, with `-data` behind the link. */
  readonly twoTtys?: boolean | undefined;
  readonly personality?: Personality | undefined;
  readonly pin?: string | undefined;
  readonly baudRate?: number | undefined;
  readonly smsCapacity?: number | undefined;
}

export interface SimulationOptions {
  readonly modems: readonly SimulationModem[];
  readonly clock: Clock;
  readonly log?: Log;
  readonly seed?: number;
  readonly conditions?: Partial<Conditions>;
  readonly hosts?: Readonly<Record<string, string>>;
  /** Takes the data calls of all modems. */
  readonly carrier?: Carrier | undefined;
}

/** Modems on pseudo terminals, in one network. Disposing removes all of it. */
export interface Simulation extends AsyncDisposable {
  readonly modems: readonly {
    readonly number: string;
    readonly path: string;
    readonly dataPath: string | undefined;
    readonly modem: SimulatedModem;
  }[];
  readonly network: CellularNetwork;
}

/** Starts modems that any program can open as serial ports. Rejects with SimulatorError `no-pty`. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  const log = options.log ?? silentLog;
  const network = new CellularNetwork({ ...options, log });
  const modems: Simulation['modems'][number][] = [];
  const owned: AsyncDisposable[] = [network];
  const dispose = async () => {
    for (const one of owned.splice(0).reverse()) await one[Symbol.asyncDispose]();
  };
  const carried = options.carrier ? { carrier: options.carrier } : {};
  try {
    for (const wanted of options.modems) {
      const port = await openPty({ link: wanted.link });
      owned.push(port);
      const dataPort = wanted.twoTtys
        ? await openPty({ link: wanted.link && `${wanted.link}-data` })
        : undefined;
      if (dataPort) owned.push(dataPort);
      const modem = simulateModem({
        ...defined(wanted),
        ...carried,
        port,
        dataPort,
        network,
        clock: options.clock,
        log,
      });
      owned.push(modem);
      modems.push({ number: wanted.number, path: port.path, dataPath: dataPort?.path, modem });
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { modems, network, [Symbol.asyncDispose]: dispose };
}

function defined(wanted: SimulationModem) {
  const { number, pin, baudRate, smsCapacity } = wanted;
  return {
    number,
    personality: wanted.personality ?? SIM7600,
    ...(pin === undefined ? {} : { pin }),
    ...(baudRate === undefined ? {} : { baudRate }),
    ...(smsCapacity === undefined ? {} : { smsCapacity }),
  };
}
