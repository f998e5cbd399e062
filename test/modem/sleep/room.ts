import { onTestFinished } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { MemoryPort } from '../../../src/cli/demo/memory-port.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import type { Incoming, Modem } from '../../../src/modem/modem.ts';
import { openModem } from '../../../src/modem/open-modem.ts';
import { loadProfile, type Profile } from '../../../src/modem/profile.ts';
import type { SleepWish } from '../../../src/modem/sleep/choose.ts';
import type { Carrier } from '../../../src/simulator/carrier.ts';
import { INSTANT_CONDITIONS } from '../../../src/simulator/network/conditions.ts';
import { CellularNetwork } from '../../../src/simulator/network.ts';
import { SIM7600, type SleepPersonality } from '../../../src/simulator/personalities.ts';
import { type SimulatedModem, simulateModem } from '../../../src/simulator/simulated-modem/modem.ts';
import { run } from '../data/support.ts';

export const NUMBER = '+4915110000001';

export const BY_DTR: SleepPersonality = {
  setting: '+CSCLK',
  byDtr: 1,
  byItself: undefined,
  quietMs: 100,
  wakeMs: 40,
};
export const BY_ITSELF: SleepPersonality = {
  setting: '+CSCLK',
  byDtr: undefined,
  byItself: 2,
  quietMs: 5000,
  wakeMs: 80,
};

export interface Bedroom {
  readonly clock: SimulatedClock;
  readonly network: CellularNetwork;
  readonly simulated: SimulatedModem;
  readonly modem: Modem;
  readonly incoming: AsyncIterator<Incoming>;
  /** Changes of DTR as the modem sees them, and what crossed to it. */
  readonly dtr: boolean[];
  readonly sent: string[];
  readonly logged: string[];
  run<T>(work: Promise<T>): Promise<T>;
  /** The agent ends, and another program opens the port with this wish. */
  openAgain(wish: SleepWish): Promise<Modem>;
}

export interface BedroomOptions {
  readonly profile: string;
  readonly sleep: SleepPersonality;
  readonly wish?: SleepWish;
  readonly dtr?: boolean;
  readonly carrier?: Carrier;
}

/** Our modem, told to let the simulated one sleep, on simulated time. */
export async function bedroom(options: BedroomOptions): Promise<Bedroom> {
  const clock = new SimulatedClock();
  const network = new CellularNetwork({ clock, conditions: INSTANT_CONDITIONS });
  onTestFinished(() => network[Symbol.asyncDispose]());
  const port = new MemoryPort('/dev/bed', { dtr: options.dtr ?? true });
  const [dtr, sent, logged]: [boolean[], string[], string[]] = [[], [], []];
  port.onDtr?.((on) => dtr.push(on));
  port.onData((bytes) => sent.push(Buffer.from(bytes).toString('latin1')));
  const personality = { ...SIM7600, sleep: options.sleep };
  const simulated = simulateModem({
    port,
    network,
    clock,
    number: NUMBER,
    personality,
    ...(options.carrier && { carrier: options.carrier }),
  });
  onTestFinished(() => simulated[Symbol.asyncDispose]());
  const log = createLog('info', { write: (line: string) => void logged.push(line) });
  const profile: Profile = await loadProfile(options.profile);
  const open = async (sleep: SleepWish) => {
    const channel = openAtChannel({ line: port.open(), clock, log });
    onTestFinished(() => channel[Symbol.asyncDispose]());
    return run(clock, openModem({ channel, clock, log, profile, sleep }));
  };
  const modem = await open(options.wish ?? { wanted: true, usb: false });
  const openAgain = async (sleep: SleepWish) => {
    await modem[Symbol.asyncDispose]();
    return open(sleep);
  };
  const incoming = modem.incoming()[Symbol.asyncIterator]();
  const all = { clock, network, simulated, modem, incoming, dtr, sent, logged, openAgain };
  return { ...all, run: (work) => run(clock, work) };
}
