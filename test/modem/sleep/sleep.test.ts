import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type BedroomOptions, BY_DTR, BY_ITSELF, bedroom, NUMBER } from './room.ts';

const DTR: BedroomOptions = { profile: 'sim7600', sleep: BY_DTR };
const CALLER = '+4915100000009';
const IDLE: BedroomOptions = { profile: 'sim800', sleep: BY_ITSELF, dtr: false };

describe.each([
  ['by DTR', DTR],
  ['by itself', IDLE],
])('a modem that sleeps %s', (_how, options) => {
  test('sleeps when nothing is said, and answers when it is asked', async () => {
    const { simulated, modem, clock, run } = await bedroom(options);
    await clock.advance(20_000);
    expect(simulated.asleep).toBe(true);
    expect(await run(modem.signalStrength())).toBeLessThan(0);
    expect(simulated.asleep).toBe(false);
    await clock.advance(20_000);
    expect(simulated.asleep).toBe(true);
  });

  test('an SMS that arrives in its sleep rings through and is read', async () => {
    const { simulated, network, incoming, clock, run } = await bedroom(options);
    await clock.advance(20_000);
    expect(simulated.asleep).toBe(true);
    network.inject({ from: CALLER, to: NUMBER, text: 'Wake up' });
    const { value } = await run(incoming.next());
    expect(value).toMatchObject({ kind: 'sms', text: 'Wake up' });
  });

  test('a call in its sleep is told, and hung up', async () => {
    const { network, incoming, modem, clock, run, simulated } = await bedroom(options);
    await clock.advance(20_000);
    const caller = {
      number: CALLER,
      deliver: () => 'taken' as const,
      report: () => {},
      ring: () => 'busy' as const,
    };
    network.attach(caller).call(NUMBER);
    const { value } = await run(incoming.next());
    expect(value).toMatchObject({ kind: 'call' });
    await clock.advance(3000);
    await run(modem.hangUp());
    expect(simulated.registered).toBe(true);
  });

  test('a burst of commands wakes it once', async () => {
    const { modem, clock, run, dtr, sent } = await bedroom(options);
    await clock.advance(20_000);
    dtr.length = 0;
    sent.length = 0;
    await run(Promise.all([modem.signalStrength(), modem.registration()]));
    await run(modem.networkTime());
    const waking = sent.filter((one) => one === 'AT\r' || one === '\x1bAT\r');
    expect(sent.length).toBeGreaterThan(waking.length + 2);
    expect(waking.length).toBeLessThanOrEqual(2);
    expect(dtr).toEqual(options.dtr === false ? [] : [true]);
  });

  test('after a restart it is told to sleep anew', async () => {
    const { simulated, clock, modem, run } = await bedroom(options);
    simulated.reset();
    await clock.advance(60_000);
    expect(simulated.asleep).toBe(true);
    expect(await run(modem.signalStrength())).toBeLessThan(0);
  });
});

test('DTR stays on for as long as a data call lasts, which it would end, and goes off afterwards', async () => {
  const { modem, clock, run, dtr, simulated } = await bedroom({ ...DTR, carrier: () => new PassThrough() });
  const call = await run(modem.dialData());
  dtr.length = 0;
  await clock.advance(60_000);
  expect(dtr).toEqual([]);
  await run(Promise.resolve(call[Symbol.asyncDispose]()));
  await clock.advance(20_000);
  expect(dtr).toEqual([false]);
  expect(simulated.asleep).toBe(true);
});

test('left awake on a line without DTR, which is said once, and told not to sleep', async () => {
  const { simulated, clock, logged, sent } = await bedroom({ ...DTR, dtr: false });
  await clock.advance(60_000);
  expect(simulated.asleep).toBe(false);
  expect(sent.join()).not.toContain('AT+CSCLK=1');
  const said = logged.filter((line) => line.includes('stays awake'));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('/dev/bed has no DTR wire');
});

test('left awake on its own USB port, and where it is not wanted', async () => {
  const usb = await bedroom({ ...DTR, wish: { wanted: true, usb: true } });
  const unwanted = await bedroom({ ...IDLE, wish: { wanted: false, usb: false } });
  for (const { clock, simulated, sent } of [usb, unwanted]) {
    await clock.advance(60_000);
    expect(simulated.asleep).toBe(false);
    expect(sent.join()).not.toMatch(/AT\+CSCLK=[12]/);
  }
});

test('a modem that was left asleep is woken up, and told to stay awake where sleep is not wanted', async () => {
  const { simulated, clock, openAgain } = await bedroom(IDLE);
  await clock.advance(20_000);
  expect(simulated.asleep).toBe(true);
  await openAgain({ wanted: false, usb: false });
  await clock.advance(60_000);
  expect(simulated.asleep).toBe(false);
});
