import { expect, test } from 'vitest';
import { bytePortPair } from '../../src/simulator/byte-port.ts';
import { simulateModem } from '../../src/simulator/simulated-modem/modem.ts';
import { ALICE, BOB, bench } from '../support/simulated-terminal.ts';

test('silent: nothing comes back, and afterwards everything does', async () => {
  const { terminal, modem } = await bench().modem();
  modem.faults.silent = true;
  terminal.type('AT+CLIP=1\r');
  await new Promise((resolve) => setImmediate(resolve));
  modem.faults.silent = false;
  expect(await terminal.command('AT+CLIP?')).toBe('\r\n+CLIP: 1,1\r\n\r\nOK\r\n');
});

test('ERROR to everything', async () => {
  const { terminal, modem } = await bench().modem();
  modem.faults.refuseAll = true;
  expect(await terminal.command('AT')).toBe('\r\nERROR\r\n');
});

test('garbage before each reply', async () => {
  const { terminal, modem } = await bench().modem();
  modem.faults.garbageBytes = 20;
  expect(await terminal.command('AT')).toMatch(/^[\s\S]{20}\r\nOK\r\n$/);
});

test('every n-th byte is lost', async () => {
  const { terminal, modem } = await bench().modem();
  modem.faults.dropEveryNth = 3;
  terminal.take();
  terminal.type('AT+CSQ\r');
  // 21 bytes without every third: 14, wherever the counting stood.
  await expect.poll(() => terminal.received.length).toBe(14);
  expect(terminal.received).not.toContain('+CSQ: 21,99');
});

test('an unsolicited line between the information line and OK', async () => {
  const { terminal, modem } = await bench().modem();
  modem.faults.urcInsideReply = '+CREG: 5';
  expect(await terminal.command('AT+CSQ')).toBe('\r\n+CSQ: 21,99\r\n\r\n+CREG: 5\r\n\r\nOK\r\n');
});

test('rings without the number, stores without telling', async () => {
  const { modem: make, network } = bench();
  const alice = await make();
  const bob = await make({ number: BOB });
  bob.modem.faults.missingClip = true;
  bob.modem.faults.missingCmti = true;
  await bob.terminal.command('AT+CLIP=1;+CNMI=2,1');
  network.inject({ from: ALICE, to: BOB, text: 'quiet' });
  await alice.terminal.command(`ATD${BOB};`);
  await bob.terminal.until('RING\r\n');
  expect(await bob.terminal.command('AT+CMGL=4')).toMatch(/^\r\n\+CMGL: 0,0,,/);
});

test('a store that claims to be full', async () => {
  const { modem: make, network, events } = bench();
  const { terminal, modem } = await make();
  modem.faults.fullSmsStore = true;
  network.inject({ from: BOB, to: ALICE, text: 'no room' });
  expect(await terminal.command('AT+CPMS?')).toContain('"SM",40,40');
  await expect.poll(() => events.at(-1)?.kind).toBe('sms-waiting');
  modem.faults.fullSmsStore = false;
  await terminal.command('AT+CMGD=0');
  await expect.poll(() => events.at(-1)?.kind).toBe('sms-delivered');
});

test('bytes take their time on the line, and a command takes its own', async () => {
  const { network, clock } = bench();
  const [port, other] = bytePortPair();
  const arrivals: [number, string][] = [];
  other.onData((bytes) => arrivals.push([clock.monotonic(), Buffer.from(bytes).toString('latin1')]));
  await using _modem = simulateModem({
    port,
    network,
    clock,
    number: ALICE,
    baudRate: 1000,
    commandLatencyMs: 50,
  });
  void other.write(Buffer.from('ATE0\r'));
  await clock.advance(1000);
  expect(arrivals.map(([, text]) => text).join('')).toBe('ATE0\r\r\nOK\r\n');
  // 5 bytes of 10 bits at 1000 bit/s in, 50 ms, 6 bytes out.
  expect(arrivals.at(-1)?.[0]).toBeGreaterThanOrEqual(50 + 50 + 60);
  expect(arrivals.at(-1)?.[0]).toBeLessThan(50 + 50 + 60 + 60);
});

test('hands out at most so many bytes at once', async () => {
  const { network, clock } = bench();
  const [port, other] = bytePortPair();
  const sizes: number[] = [];
  other.onData((bytes) => sizes.push(bytes.length));
  await using modem = simulateModem({
    port,
    network,
    clock,
    number: ALICE,
    baudRate: Number.POSITIVE_INFINITY,
    commandLatencyMs: 0,
  });
  modem.faults.splitWrites = 3;
  void other.write(Buffer.from('ATI\r'));
  await expect.poll(() => sizes.length).toBeGreaterThan(40);
  expect(Math.max(...sizes)).toBe(3);
});
