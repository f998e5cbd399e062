import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { CarrierCall } from '../../src/simulator/carrier.ts';
import { GENERIC } from '../../src/simulator/personalities.ts';
import { BOB, bench } from '../support/simulated-terminal.ts';

/** A carrier in memory: keeps what it gets, sends what the test says. */
function memoryCarrier() {
  const calls: CarrierCall[] = [];
  const got: Buffer[] = [];
  let call: Duplex | undefined;
  return {
    calls,
    received: () => Buffer.concat(got).toString('latin1'),
    say: (text: string) => call?.push(Buffer.from(text, 'latin1')),
    end: () => call?.push(null),
    drop: () => call?.destroy(),
    isOver: () => call?.destroyed ?? false,
    carrier: (wanted: CarrierCall) => {
      calls.push(wanted);
      call = new Duplex({
        read() {},
        write(chunk, _, done) {
          got.push(chunk);
          done();
        },
      });
      return call;
    },
  };
}

async function connected(options = {}) {
  const far = memoryCarrier();
  const room = bench();
  const { terminal, modem } = await room.modem({ carrier: far.carrier, ...options });
  terminal.type('AT+CGDCONT=1,"IP","web.example"\r');
  await terminal.until('OK\r\n');
  await terminal.command('AT+CNMI=2,1');
  terminal.type('ATD*99***1#\r');
  await terminal.until('\r\nCONNECT 115200\r\n');
  return { ...room, far, terminal, modem };
}

test('a data call carries every byte both ways, and tells the carrier who calls where', async () => {
  const { far, terminal } = await connected();
  expect(far.calls).toEqual([{ number: expect.stringContaining('+49'), contextId: 1, apn: 'web.example' }]);
  terminal.type('~\x7d\x00\xffAT\r~');
  await expect.poll(far.received).toBe('~\x7d\x00\xffAT\r~');
  far.say('\r\nNO CARRIER\r\n is mail text');
  await terminal.until('is mail text');
});

test('+++ between pauses leaves it, ATO goes back, ATH ends it', async () => {
  const { clock, far, terminal } = await connected();
  await clock.advance(1500);
  terminal.type('++');
  terminal.type('+');
  await clock.advance(1500);
  await terminal.until('\r\nOK\r\n');
  expect(await terminal.command('AT+CSQ')).toContain('+CSQ:');
  terminal.type('ATO\r');
  await terminal.until('CONNECT');
  terminal.type('more');
  await expect.poll(far.received).toBe('more');
  await clock.advance(1500);
  terminal.type('+++');
  await clock.advance(1500);
  await terminal.until('OK');
  expect(await terminal.command('ATH')).toContain('OK');
  expect(far.isOver()).toBe(true);
  expect(await terminal.command('ATO')).toContain('NO CARRIER');
});

test.each([
  ['no pause before', 0, '+++', 1500],
  ['no pause after', 1500, '+++x', 0],
  ['four of them', 1500, '++++', 1500],
])('%s: it is data', async (_, before, typed, after) => {
  const { clock, far, terminal } = await connected();
  terminal.type('begin');
  await expect.poll(far.received).toBe('begin');
  await clock.advance(before);
  terminal.type(typed);
  await clock.advance(after);
  await expect.poll(far.received).toBe(`begin${typed}`);
});

test('the end of the carrier and a lost carrier are NO CARRIER, and the modem takes commands', async () => {
  const first = await connected();
  first.far.end();
  await first.terminal.until('\r\nNO CARRIER\r\n');
  expect(await first.terminal.command('AT')).toContain('OK');
  const second = await connected();
  second.modem.loseCarrier();
  await second.terminal.until('\r\nNO CARRIER\r\n');
  expect(second.far.isOver()).toBe(true);
});

test('one UART is deaf meanwhile: an SMS is stored, and never told', async () => {
  const { clock, network, modem, far, terminal } = await connected();
  terminal.take();
  network.inject({ from: BOB, to: modem.number, text: 'not now' });
  await clock.advance(100);
  expect(modem.stored('SM')).toHaveLength(1);
  far.end();
  await terminal.until('NO CARRIER');
  expect(await terminal.command('AT')).not.toContain('+CMTI');
});

test('a modem that keeps unsolicited lines tells it once the call is over', async () => {
  const { clock, network, modem, far, terminal } = await connected({ personality: GENERIC });
  await network.inject({ from: BOB, to: modem.number, text: 'not now' });
  await clock.advance(100);
  expect(terminal.received).not.toContain('+CMTI');
  far.end();
  await terminal.until(/NO CARRIER\r\n\r\n\+CMTI: "SM",1/);
});

test('two terminals: one carries the call, the other tells what comes and answers; each has its own echo', async () => {
  const far = memoryCarrier();
  const room = bench();
  const { clock, network } = room;
  const { modem, terminal, data } = await room.twoTtys({ carrier: far.carrier });
  await terminal.command('AT+CNMI=2,1');
  expect(await data.command('ATI')).toMatch(/^ATI\r/);
  data.type('ATD*99#\r');
  await data.until('CONNECT');
  network.inject({ from: BOB, to: modem.number, text: 'now' });
  await clock.advance(100);
  await terminal.until('+CMTI: "SM",0');
  expect(await terminal.command('AT+CSQ')).toContain('+CSQ:');
  data.type('up');
  await expect.poll(far.received).toBe('up');
  expect(data.received.trim()).toBe('115200');
  far.end();
  await data.until('NO CARRIER');
});

test('a carrier that is lost in the middle of much data is told within a second: the modem holds little back', async () => {
  const far = memoryCarrier();
  const { clock, modem } = bench();
  const { terminal } = await modem({ carrier: far.carrier, baudRate: 115_200 });
  terminal.type('ATE0D*99#\r');
  await clock.advance(1000);
  await terminal.until('CONNECT');
  far.say('x'.repeat(200_000));
  await clock.advance(5000);
  far.drop();
  await clock.advance(1000);
  expect(terminal.received).toContain('NO CARRIER');
  expect(terminal.received.length).toBeGreaterThan(40_000);
});

test('without a carrier, without a network and with an unknown context there is none', async () => {
  const room = bench();
  const { terminal } = await room.modem();
  expect(await terminal.command('ATD*99#')).toContain('NO CARRIER');
  const far = memoryCarrier();
  const other = await room.modem({ carrier: far.carrier, number: BOB });
  expect(await other.terminal.command('ATD*99***7#')).toContain('NO CARRIER');
  other.modem.setRegistration(2);
  expect(await other.terminal.command('ATD*99#')).toContain('NO CARRIER');
  expect(far.calls).toEqual([]);
});
