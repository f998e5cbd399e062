import type { Clock } from '../../base/clock.ts';
import { Disposables } from '../../base/disposables.ts';
import { asError, codeOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { memoryLine } from '../../modem/memory-line.ts';
import type { SerialLine } from '../../modem/serial-line.ts';
import { CellularNetwork } from '../../simulator/network.ts';
import { openPty } from '../../simulator/pty.ts';
import { type SimulatedModem, simulateModem } from '../../simulator/simulated-modem/modem.ts';
import { type OpenLine, openConfiguredLine } from '../build/radio.ts';

/** The demo's part of the world that is not ours: a network and two modems in it. */
export interface DemoModems extends AsyncDisposable {
  readonly network: CellularNetwork;
  /** What the configurations name as the port of each modem. */
  readonly ports: { readonly server: string; readonly device: string };
  readonly openLine: OpenLine;
  /** Why lines in memory stand in for PTYs, with the mend. */
  readonly withoutPty: string | undefined;
}

export const NUMBERS = { server: '+9990000001', device: '+9990000002' } as const;

/** Two modems on PTYs; where none can be made, on lines in memory. */
export async function startModems(clock: Clock, log: Log, pty = true): Promise<DemoModems> {
  const owned = new Disposables();
  const network = owned.use(new CellularNetwork({ clock, log }));
  const attach = (number: string, port: Parameters<typeof simulateModem>[0]['port']): SimulatedModem =>
    owned.use(simulateModem({ port, network, number, clock, log, ringIntervalMs: 2000 }));
  const common = { network, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
  try {
    if (!pty) throw Object.assign(new Error('lines in memory were asked for'), { code: 'no-pty' });
    const [server, device] = [owned.use(await openPty()), owned.use(await openPty())];
    attach(NUMBERS.server, server);
    attach(NUMBERS.device, device);
    const ports = { server: server.path, device: device.path };
    return { ...common, ports, openLine: openConfiguredLine, withoutPty: undefined };
  } catch (error) {
    if (codeOf(error) !== 'no-pty') throw error;
    const lines = new Map<string, SerialLine>();
    for (const [name, number] of Object.entries(NUMBERS)) {
      const { line, far } = memoryLine(`/memory/${name}`);
      lines.set(line.path, line);
      attach(number, far);
    }
    const openLine: OpenLine = async ({ port }) =>
      lines.get(port) ?? Promise.reject(new Error(`no line ${port}`));
    const ports = { server: '/memory/server', device: '/memory/device' };
    return { ...common, ports, openLine, withoutPty: asError(error).message };
  }
}
