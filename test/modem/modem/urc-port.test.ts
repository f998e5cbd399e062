import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import { openModem } from '../../../src/modem/open-modem.ts';
import { CellularNetwork } from '../../../src/simulator/network.ts';
import { EC25 } from '../../../src/simulator/personalities/ec25.ts';
import { simulateModem } from '../../../src/simulator/simulated-modem/modem.ts';
import { run } from '../data/support.ts';

const NUMBER = '+4915100000002';

test('a Quectel on USB that tells everything to its data port is made to tell it to the AT port as well', async () => {
  const clock = new SimulatedClock();
  const network = new CellularNetwork({ clock });
  const [at, data] = [memoryLine('/dev/ttyUSB2'), memoryLine('/dev/ttyUSB3')];
  const simulated = simulateModem({
    port: at.far,
    dataPort: data.far,
    number: NUMBER,
    personality: EC25,
    clock,
    network,
  });
  const open = (line: typeof at.line) => openAtChannel({ line, clock, log: silentLog });
  const [channel, dataChannel] = [open(at.line), open(data.line)];
  onTestFinished(async () => {
    for (const one of [channel, dataChannel, simulated, network]) await one[Symbol.asyncDispose]();
  });
  const modem = await run(clock, openModem({ channel, dataChannel, clock, log: silentLog }));
  expect(modem.profile.name).toBe('ec25');
  const incoming = modem.incoming()[Symbol.asyncIterator]();
  network.inject({ from: 'Shop', to: NUMBER, text: 'Your parcel is here' });
  const { value } = await run(clock, incoming.next());
  expect(value).toMatchObject({ kind: 'sms', text: 'Your parcel is here' });
});
