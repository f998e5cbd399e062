import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { openAtChannel } from '../../../src/modem/channel.ts';
import { memoryLine } from '../../../src/modem/memory-line.ts';
import type { Incoming, Modem, Sms } from '../../../src/modem/modem.ts';
import { openModem } from '../../../src/modem/open-modem.ts';
import { CellularNetwork } from '../../../src/simulator/network.ts';
import { GENERIC, type Personality, SIM7600 } from '../../../src/simulator/personalities.ts';
import { type SimulatedModem, simulateModem } from '../../../src/simulator/simulated-modem/modem.ts';

const SERVER = '+4915100000001';
const DEVICE = '+4915100000002';

interface End {
  readonly modem: Modem;
  readonly simulated: SimulatedModem;
  readonly incoming: AsyncIterator<Incoming>;
}

/** Our modem over our engine over a line in memory, with a simulated modem behind it, twice, in one network. */
class Joined {
  readonly clock = new SimulatedClock();
  readonly network = new CellularNetwork({ clock: this.clock });

  async end(
    number: string,
    options: { pin?: string; personality?: Personality; smsCapacity?: number } = {},
  ): Promise<End> {
    const { line, far } = memoryLine(number);
    const { clock, network } = this;
    const simulated = simulateModem({ port: far, number, clock, network, ...options });
    const channel = openAtChannel({ line, clock, log: silentLog });
    onTestFinished(async () => {
      await channel[Symbol.asyncDispose]();
      await simulated[Symbol.asyncDispose]();
    });
    const modem = await this.run(openModem({ channel, clock, log: silentLog, pin: options.pin }));
    return { modem, simulated, incoming: modem.incoming()[Symbol.asyncIterator]() };
  }

  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    // By the real clock: a profile is read from the disk while simulated time flies.
    const end = performance.now() + 15_000;
    while (!settled && performance.now() < end) await this.clock.advance(100);
    if (!settled) throw new Error('nothing came of it');
    return await promise;
  }

  async sms({ incoming }: End): Promise<Sms> {
    const { value } = await this.run(incoming.next());
    if (value?.kind !== 'sms') throw new Error(`no SMS but ${JSON.stringify(value)}`);
    return value;
  }
}

test('a text and a long text with an emoji go from one modem to the other, and their places are free again', async () => {
  const joined = new Joined();
  const [server, device] = [await joined.end(SERVER), await joined.end(DEVICE)];
  const long = `${'Grüße €{}[] '.repeat(20)}😀`;
  for (const text of ['RP1ABC', long]) {
    await joined.run(server.modem.sendSms(DEVICE, text));
    const sms = await joined.sms(device);
    expect(sms).toMatchObject({ from: SERVER, text });
    expect(Math.abs(sms.sentAt - joined.clock.now())).toBeLessThan(60_000);
    await joined.run(sms.done());
  }
  expect(device.simulated.stored('SM')).toEqual([]);
});

test('a generic modem, whose first index is 1, and a SIM with a PIN', async () => {
  const joined = new Joined();
  const server = await joined.end(SERVER, { pin: '4711' });
  const device = await joined.end(DEVICE, { personality: GENERIC });
  expect(server.modem.profile.name).toBe('sim7600');
  expect(device.modem.profile.name).toBe('generic');
  await joined.run(server.modem.sendSms(DEVICE, 'hello'));
  const sms = await joined.sms(device);
  await joined.run(sms.done());
  expect(device.simulated.stored('SM')).toEqual([]);
});

test.each([
  ['with CLIP', false],
  ['without CLIP', true],
])('a call rings %s, is hung up, and the caller is told', async (_, missingClip) => {
  const joined = new Joined();
  const [server, device] = [await joined.end(SERVER), await joined.end(DEVICE)];
  device.simulated.faults.missingClip = missingClip;
  const ringing = server.modem.ring(DEVICE, 15_000);
  const { value } = await joined.run(device.incoming.next());
  expect(value).toEqual({ kind: 'call', from: SERVER });
  await joined.run(device.modem.hangUp());
  const [outcome] = await joined.run(Promise.all([ringing]));
  expect(['busy', 'rang']).toContain(outcome);
  const { lines } = await joined.run(device.modem.channel.command('AT+CLCC'));
  expect(lines).toEqual([]);
});

test('nobody hangs up: it rings for the time asked for and is then over at both ends', async () => {
  const joined = new Joined();
  const [server, device] = [await joined.end(SERVER), await joined.end(DEVICE)];
  expect(await joined.run(server.modem.ring(DEVICE, 9000))).toBe('rang');
  await joined.clock.advance(2000);
  for (const { modem } of [server, device]) {
    const { lines } = await joined.run(modem.channel.command('AT+CLCC'));
    expect(lines).toEqual([]);
  }
});

test('a number that nobody has: refused, for calls and for texts', async () => {
  const joined = new Joined();
  const server = await joined.end(SERVER);
  expect(['refused', 'no-answer', 'busy']).toContain(
    await joined.run(server.modem.ring('+4915199999999', 5000)),
  );
  await expect(joined.run(server.modem.sendSms('+4915199999999', 'x'))).rejects.toMatchObject({
    code: 'sms-refused',
  });
});

test('what is stored without +CMTI, and while the modem restarts, is found', async () => {
  const joined = new Joined();
  const [server, device] = [await joined.end(SERVER), await joined.end(DEVICE)];
  device.simulated.faults.missingCmti = true;
  await joined.run(server.modem.sendSms(DEVICE, 'missed'));
  await joined.clock.advance(5000);
  expect(await joined.run(device.modem.sweep())).toBe(1);
  await joined.run((await joined.sms(device)).done());
  device.simulated.faults.missingCmti = false;
  device.simulated.reset();
  await joined.run(server.modem.sendSms(DEVICE, 'during the boot'));
  expect(await joined.sms(device)).toMatchObject({ text: 'during the boot' });
  await joined.clock.advance(10_000);
  await joined.run(server.modem.sendSms(DEVICE, 'after it'));
  expect(await joined.sms(device)).toMatchObject({ text: 'after it' });
});

test('alphanumeric senders, lines cut in pieces, URCs inside replies', async () => {
  const joined = new Joined();
  const device = await joined.end(DEVICE);
  device.simulated.faults.splitWrites = 3;
  device.simulated.faults.urcInsideReply = '+CIEV: 1,3';
  joined.network.inject({ from: 'Ringpost', to: DEVICE, text: 'from letters' });
  const sms = await joined.sms(device);
  expect(sms).toMatchObject({ from: 'Ringpost', text: 'from letters' });
  await joined.run(sms.done());
  expect(device.simulated.stored('SM')).toEqual([]);
});

test('registration, signal and time are told', async () => {
  const joined = new Joined();
  const { modem, simulated } = await joined.end(DEVICE, { personality: SIM7600 });
  expect(await joined.run(modem.registration())).toMatchObject({ registered: true, roaming: false });
  simulated.setSignal(-85);
  expect(await joined.run(modem.signalStrength())).toBe(-85);
  const time = await joined.run(modem.networkTime());
  expect(Math.abs((time ?? 0) - joined.clock.now())).toBeLessThan(60_000);
  simulated.setRegistration(3);
  expect(await joined.run(modem.registration())).toMatchObject({
    registered: false,
    text: expect.stringMatching(/^denied/),
  });
});
