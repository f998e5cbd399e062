import { expect, test } from 'vitest';
import { GENERIC } from '../../src/simulator/personalities.ts';
import { ALICE, BOB, bench } from '../support/simulated-terminal.ts';

async function pair(conditions = {}) {
  const setting = bench({ conditions });
  const alice = await setting.modem({ number: ALICE, personality: GENERIC });
  const bob = await setting.modem({ number: BOB });
  await bob.terminal.command('AT+CLIP=1');
  return {
    ...setting,
    alice: alice.terminal,
    bob: bob.terminal,
    alicesModem: alice.modem,
    bobsModem: bob.modem,
  };
}

const RING = `\r\nRING\r\n\r\n+CLIP: "${ALICE}",145,,,,0\r\n`;

test('rings every three seconds until the called side hangs up; the caller reads BUSY', async () => {
  const { alice, bob, clock, events } = await pair();
  expect(await alice.command(`ATD${BOB};`)).toBe('\r\nOK\r\n');
  expect(await bob.until('0\r\n')).toBe(RING);
  expect(await alice.command('AT+CLCC')).toContain(`+CLCC: 1,0,3,0,0,"${BOB}",145,""`);
  expect(await bob.command('AT+CLCC')).toContain(`+CLCC: 1,1,4,0,0,"${ALICE}",145,""`);
  await clock.advance(2999);
  expect(bob.take()).toBe('');
  await clock.advance(1);
  expect(await bob.until('0\r\n')).toBe(RING);
  expect(await bob.command('AT+CHUP')).toBe('\r\nOK\r\n');
  expect(await alice.until('BUSY\r\n')).toBe('\r\nBUSY\r\n');
  await clock.advance(10_000);
  expect(bob.take()).toBe('');
  expect(await bob.command('AT+CLCC')).toBe('\r\nOK\r\n');
  expect(events.at(-1)).toMatchObject({ kind: 'call-ended', cause: 'busy' });
});

test('ATH ends no voice call while +CVHU is 1, and does when it is 0', async () => {
  const { alice, bob } = await pair();
  await alice.command(`ATD${BOB};`);
  await bob.until(RING);
  expect(await bob.command('ATH')).toContain('OK');
  expect(await bob.command('AT+CLCC')).toContain('+CLCC: 1,1,4');
  await bob.command('AT+CVHU=0;H');
  expect(await bob.command('AT+CLCC')).toBe('\r\nOK\r\n');
});

test('the caller hangs up while it rings: a missed call', async () => {
  const { alice, bob } = await pair();
  await alice.command(`ATD${BOB};`);
  await bob.until(RING);
  await alice.command('ATH');
  expect(await bob.until('CARRIER\r\n')).toBe(`\r\nMISSED_CALL: 12:00AM ${ALICE}\r\n\r\nNO CARRIER\r\n`);
});

test('answered, talked for five seconds, ended', async () => {
  const { alice, bob, clock } = await pair();
  await alice.command(`ATD${BOB};`);
  await bob.until(RING);
  bob.type('ATA\r');
  await bob.until('VOICE CALL: BEGIN\r\n');
  expect(await alice.command('AT+CLCC')).toContain('+CLCC: 1,0,0');
  await clock.advance(5000);
  await alice.command('ATH');
  expect(await bob.until('CARRIER\r\n')).toBe('\r\nVOICE CALL: END: 000005\r\n\r\nNO CARRIER\r\n');
});

test.each([
  ['nobody has the number', 'ATD+499;', 'NO CARRIER'],
  ['nobody answers', `ATD${BOB};`, 'NO ANSWER'],
])('%s', async (_, dial, result) => {
  const { alice, clock } = await pair({ ringLimitMs: 20_000 });
  await alice.command(dial);
  await clock.advance(20_000);
  expect(await alice.until(/\r\n(NO [A-Z]+|BUSY)\r\n/)).toBe(`\r\n${result}\r\n`);
});

test('a second caller finds the line busy', async () => {
  const { alice, bob, modem } = await pair();
  const { terminal: carol } = await modem({ number: '+4915110000003', personality: GENERIC });
  await alice.command(`ATD${BOB};`);
  await bob.until(RING);
  await carol.command(`ATD${BOB};`);
  await carol.until('\r\nBUSY\r\n');
});

test('with +CRC=1 it says what kind of call rings; S0 answers by itself', async () => {
  const { alice, bob, clock } = await pair();
  await bob.command('AT+CRC=1;S0=2');
  await alice.command(`ATD${BOB};`);
  await bob.until('+CRING: VOICE');
  await clock.advance(3000);
  await bob.until('VOICE CALL: BEGIN');
});

test('+CHLD ends one call by its number, or refuses', async () => {
  const { alice, bob } = await pair();
  await alice.command(`ATD${BOB};`);
  await bob.until(RING);
  await bob.command('AT+CMEE=1');
  expect(await bob.command('AT+CHLD=12')).toContain('+CME ERROR: 21');
  expect(await bob.command('AT+CHLD=11')).toContain('OK');
  await alice.until('BUSY');
});

test('a data call is refused, and without a network any call is', async () => {
  const { alice, bob, bobsModem } = await pair();
  expect(await alice.command('ATD*99***1#')).toBe('\r\nNO CARRIER\r\n');
  bobsModem.setRegistration(0);
  expect(await bob.command(`ATD${ALICE};`)).toBe('\r\nNO CARRIER\r\n');
});

test('losing the carrier ends the call on both sides', async () => {
  const { alice, bob, alicesModem } = await pair();
  await alice.command(`ATD${BOB};`);
  await bob.until(RING);
  await bob.command('ATA');
  alicesModem.loseCarrier();
  await alice.until('\r\nNO CARRIER\r\n');
  await bob.until('\r\nNO CARRIER\r\n');
});
