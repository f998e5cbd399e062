import { expect, test } from 'vitest';
import { ALICE, BOB, bench } from '../support/simulated-terminal.ts';

/** SUBMIT to +4915110000002, "hellohello", without and with a wish for a report. */
const SUBMIT = '0001000D91945111000000F200000AE8329BFD4697D9EC37';
const SUBMIT_REPORT = SUBMIT.replace('0001', '0021');
const SUBMIT_LENGTH = SUBMIT.length / 2 - 1;
/** What must reach the other modem: its service centre, DELIVER from +4915110000001, 2026-01-01 00:00:00 UTC. */
const DELIVER = '059199090000040D91945111000000F10000621010000000000AE8329BFD4697D9EC37';

async function pair(conditions = {}) {
  const setting = bench({ conditions });
  const alice = await setting.modem({ number: ALICE });
  const bob = await setting.modem({ number: BOB, smsCapacity: 3 });
  await bob.terminal.command('AT+CNMI=2,1,0,0,0;+CMGF=0');
  return { ...setting, alice, bob };
}

async function submit(
  terminal: { type(text: string): void; until(text: string | RegExp): Promise<string> },
  pdu = SUBMIT,
) {
  terminal.type(`AT+CMGS=${SUBMIT_LENGTH}\r`);
  expect(await terminal.until('> ')).toMatch(/\r\n> $/);
  terminal.type(`${pdu}\x1a`);
  return terminal.until(/(OK|ERROR[^\r]*)\r\n/);
}

test('a message in PDU mode crosses the network and is told, listed, read and deleted', async () => {
  const { alice, bob } = await pair();
  expect(await submit(alice.terminal)).toBe('\r\n+CMGS: 1\r\n\r\nOK\r\n');
  expect(await bob.terminal.until('0\r\n')).toBe('\r\n+CMTI: "SM",0\r\n');
  expect(await bob.terminal.command('AT+CMGL=0')).toBe(`\r\n+CMGL: 0,0,,29\r\n${DELIVER}\r\n\r\nOK\r\n`);
  expect(await bob.terminal.command('AT+CMGR=0')).toBe(`\r\n+CMGR: 1,,29\r\n${DELIVER}\r\n\r\nOK\r\n`);
  expect(await bob.terminal.command('AT+CPMS?')).toContain('+CPMS: "SM",1,3,"SM",1,3,"SM",1,3');
  expect(await bob.terminal.command('AT+CMGD=0')).toBe('\r\nOK\r\n');
  expect(await bob.terminal.command('AT+CMGR=0')).toBe('\r\n+CMS ERROR: 321\r\n');
});

test('a prompt given up with ESC sends nothing', async () => {
  const { alice, events } = await pair();
  alice.terminal.type(`AT+CMGS=${SUBMIT_LENGTH}\r`);
  await alice.terminal.until('> ');
  alice.terminal.type(`${SUBMIT.slice(0, 9)}\x1b`);
  expect(await alice.terminal.until('OK\r\n')).toBe('\r\nOK\r\n');
  expect(events.filter(({ kind }) => kind === 'sms-submitted')).toEqual([]);
});

test.each([
  ['wrong length', `${SUBMIT}00`, 304],
  ['no hexadecimal digits', 'hello', 304],
  ['a number that nobody has', SUBMIT.replace('00F2', '00F9'), 1],
])('refuses %s', async (_, pdu, error) => {
  const { alice } = await pair();
  await alice.terminal.command('AT+CMEE=1');
  expect(await submit(alice.terminal, pdu)).toContain(`+CMS ERROR: ${error}\r\n`);
});

test('handed over directly with +CMT; stored after all when the acknowledgement is missing', async () => {
  const { alice, bob, clock } = await pair();
  await bob.terminal.command('AT+CSMS=1;+CNMI=2,2,0,0,0');
  await submit(alice.terminal);
  expect(await bob.terminal.until('37\r\n')).toBe(`\r\n+CMT: ,29\r\n${DELIVER}\r\n`);
  expect(await bob.terminal.command('AT+CNMA')).toContain('OK');
  expect(await bob.terminal.command('AT+CNMA')).toContain('+CMS ERROR: 340');
  await submit(alice.terminal);
  await bob.terminal.until('+CMT: ');
  await clock.advance(16_000);
  expect(bob.modem.stored('SM')).toHaveLength(1);
  expect(await bob.terminal.command('AT+CNMI?')).toContain('+CNMI: 2,0,0,0,0');
});

test('text mode: sent, listed by name, with details, in several character sets', async () => {
  const { alice, bob, network } = await pair();
  await alice.terminal.command('AT+CMGF=1;+CSCS="GSM"');
  alice.terminal.type(`AT+CMGS="${BOB}"\r`);
  await alice.terminal.until('> ');
  alice.terminal.type('two\rlines\x1a');
  expect(await alice.terminal.until('OK\r\n')).toContain('+CMGS: 1');
  await bob.terminal.until('+CMTI');
  await bob.terminal.command('AT+CMGF=1');
  expect(await bob.terminal.command('AT+CMGL="ALL"')).toContain(
    `+CMGL: 0,"REC UNREAD","${ALICE}",,"26/01/01,00:00:00+00"\r\ntwo\nlines\r\n`,
  );
  network.inject({ from: 'Post', to: BOB, text: 'ä€' });
  await bob.terminal.command('AT+CSCS="UCS2";+CSDH=1');
  expect(await bob.terminal.command('AT+CMGR=1')).toMatch(
    /\+CMGR: "REC UNREAD","0050006F00730074",,"26\/01\/01,00:00:00\+00",208,4,0,0,"\+99900000",145,3\r\n00E420AC\r\n/,
  );
});

test('a full store leaves messages with the network, and they come when there is room', async () => {
  const { alice, bob, events } = await pair();
  for (let count = 0; count < 4; count += 1) await submit(alice.terminal);
  expect(events.filter(({ kind }) => kind === 'sms-waiting')).toHaveLength(1);
  await bob.terminal.until('+CMTI: "SM",2\r\n');
  expect(await bob.terminal.command('AT+CPMS?')).toContain('"SM",3,3');
  bob.terminal.type('AT+CMGD=1\r');
  await bob.terminal.until('+CMTI: "SM",1\r\n');
});

test('waits in the network while the receiver is off', async () => {
  const { alice, bob } = await pair();
  await bob.terminal.command('AT+CFUN=4');
  await submit(alice.terminal);
  expect(bob.modem.stored('SM')).toEqual([]);
  await bob.terminal.command('AT+CFUN=1');
  await bob.terminal.until('+CMTI: "SM",0\r\n');
});

test('a report comes back when one was asked for', async () => {
  const { alice, bob } = await pair();
  await alice.terminal.command('AT+CNMI=2,1,0,1,0');
  await submit(alice.terminal, SUBMIT_REPORT);
  await bob.terminal.until('+CMTI');
  const report = await alice.terminal.until(/\+CDS: \d+\r\n[^\r]+\r\n/);
  expect(report).toMatch(/\+CDS: 26\r\n.*06010D91945111000000F2621010000000006210100000000000\r\n/);
});

test('written into the store, sent from there, deleted by state', async () => {
  const { alice, bob } = await pair();
  alice.terminal.type(`AT+CMGW=${SUBMIT_LENGTH}\r`);
  await alice.terminal.until('> ');
  alice.terminal.type(`${SUBMIT}\x1a`);
  expect(await alice.terminal.until('OK\r\n')).toContain('+CMGW: 0');
  expect(await alice.terminal.command('AT+CMSS=0')).toContain('+CMSS: 1');
  await bob.terminal.until('+CMTI');
  expect(await alice.terminal.command('AT+CMGL=4')).toContain(`+CMGL: 0,3,,23\r\n${SUBMIT}`);
  expect(await alice.terminal.command('AT+CMGD=0,2')).toContain('OK');
  expect(alice.modem.stored('SM')).toEqual([]);
});
