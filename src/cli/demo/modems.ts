import type { Clock } from '../../base/clock.ts';
import { Disposables } from '../../base/disposables.ts';
import { asError, codeOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BytePort } from '../../simulator/byte-port.ts';
import type { Conditions } from '../../simulator/network/conditions.ts';
import { CellularNetwork } from '../../simulator/network.ts';
import { openPty } from '../../simulator/pty.ts';
import {
  type SimulatedModem,
  type SimulatedModemOptions,
  simulateModem,
} from '../../simulator/simulated-modem/modem.ts';
import { type OpenLine, openConfiguredLine } from '../build/radio.ts';
import { MemoryPort } from './memory-port.ts';

interface Pair<T> {
  readonly server: T;
  readonly device: T;
}

/** The demo's part of the world that is not ours: a network and two modems in it. */
export interface DemoModems extends AsyncDisposable {
  readonly network: CellularNetwork;
  readonly simulated: Pair<SimulatedModem>;
  /** What the configurations name as the port of each modem. */
  readonly ports: Pair<string>;
  /** The same of the second terminal of the handheld's modem. */
  readonly dataPort: string | undefined;
  readonly openLine: OpenLine;
  /** Why lines in memory stand in for PTYs, with the mend. */
  readonly withoutPty: string | undefined;
}

export interface ModemsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Lines in memory instead of PTYs. */
  readonly inMemory?: boolean;
  /** Lines in memory have a DTR wire. */
  readonly dtr?: boolean;
  /** The handheld's modem has a second terminal, on a line in memory. */
  readonly twoTtys?: boolean;
  readonly conditions?: Partial<Conditions>;
  /** How the modems differ from what the simulator does by itself. */
  readonly modem?: Partial<SimulatedModemOptions>;
}

export const NUMBERS = { server: '+9990000001', device: '+9990000002' } as const;

/** Two modems on PTYs; where none can be made, on lines in memory. */
export async function startModems(options: ModemsOptions): Promise<DemoModems> {
  const { clock, log, conditions = {} } = options;
  const owned = new Disposables();
  const network = owned.use(new CellularNetwork({ clock, log, conditions }));
  const around = { network, clock, log, ringIntervalMs: 2000, ...options.modem };
  const data = options.inMemory && options.twoTtys ? new MemoryPort('/memory/device-data') : undefined;
  const both = (ports: Pair<BytePort>) => ({
    network,
    simulated: {
      server: owned.use(simulateModem({ ...around, number: NUMBERS.server, port: ports.server })),
      device: owned.use(
        simulateModem({ ...around, number: NUMBERS.device, port: ports.device, dataPort: data }),
      ),
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  });
  const pty = options.inMemory ? { why: 'lines in memory were asked for' } : await openPtys(owned);
  if ('why' in pty) {
    const port = (name: string) => new MemoryPort(`/memory/${name}`, { dtr: options.dtr ?? false });
    const ports = { server: port('server'), device: port('device') };
    const lines = [ports.server, ports.device, ...(data ? [data] : [])];
    return {
      ...both(ports),
      ports: pathsOf(ports),
      dataPort: data?.path,
      openLine: openerOf(lines),
      withoutPty: pty.why,
    };
  }
  return {
    ...both(pty),
    ports: pathsOf(pty),
    dataPort: undefined,
    openLine: openConfiguredLine,
    withoutPty: undefined,
  };
}

async function openPtys(owned: Disposables) {
  try {
    return { server: owned.use(await openPty()), device: owned.use(await openPty()) };
  } catch (error) {
    if (codeOf(error) !== 'no-pty') throw error;
    return { why: asError(error).message };
  }
}

function pathsOf({ server, device }: Pair<{ readonly path: string }>): Pair<string> {
  return { server: server.path, device: device.path };
}

function openerOf(lines: readonly MemoryPort[]): OpenLine {
  return async ({ port }) => {
    const found = lines.find(({ path }) => path === port);
    return found?.open() ?? Promise.reject(new Error(`no line ${port}`));
  };
}
