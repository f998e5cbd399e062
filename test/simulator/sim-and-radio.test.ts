import { expect, test } from 'vitest';
import { GENERIC } from '../../src/simulator/personalities.ts';
import { SIMULATED_PUK } from '../../src/simulator/simulated-modem/general/sim.ts';
import { ALICE, BOB, bench } from '../support/simulated-terminal.ts';

test('a locked SIM refuses, counts wrong PINs, and is opened by the right one', async () => {
  const { terminal, modem } = await bench().modem({ pin: '1234' });
  await terminal.command('AT+CMEE=1');
  expect(await terminal.command('AT+CPIN?')).toContain('+CPIN: SIM PIN');
  expect(await terminal.command('AT+CMGL=4')).toContain('+CMS ERROR: 311');
  expect(await terminal.command('AT+COPS?')).toContain('+CME ERROR: 11');
  expect(await terminal.command('AT+CPIN="9999"')).toContain('+CME ERROR: 16');
  expect(await terminal.command('AT+SPIC')).toContain('+SPIC: 2,10,3,10');
  expect(await terminal.command('AT+CPINR')).toContain('+CPINR: SIM PIN,2,3');
  expect(modem.registered).toBe(false);
  expect(await terminal.command('AT+CPIN="1234"')).toContain('OK');
  expect(await terminal.command('AT+CREG?')).toContain('+CREG: 0,1');
});

test('after three wrong PINs only the PUK helps', async () => {
  const { terminal } = await bench().modem({ pin: '1234' });
  await terminal.command('AT+CMEE=1');
  for (let tries = 0; tries < 3; tries += 1) await terminal.command('AT+CPIN="0000"');
  expect(await terminal.command('AT+CPIN?')).toContain('+CPIN: SIM PUK');
  expect(await terminal.command('AT+CPIN="1234"')).toContain('+CME ERROR');
  expect(await terminal.command(`AT+CPIN="${SIMULATED_PUK}","4321"`)).toContain('OK');
  expect(await terminal.command('AT+CPIN?')).toContain('+CPIN: READY');
});

test('the reply of +CREG? has one field more than its unsolicited line', async () => {
  const { terminal, modem } = await bench().modem();
  await terminal.command('AT+CREG=1;+CEREG=2');
  modem.setRegistration(3);
  expect(await terminal.until('+CEREG: 3\r\n')).toBe('\r\n+CREG: 3\r\n\r\n+CEREG: 3\r\n');
  modem.setRegistration(5);
  expect(await terminal.until(/\+CEREG: 5[^\r]*\r\n/)).toContain(
    '+CREG: 5\r\n\r\n+CEREG: 5,"0001","00000001",7\r\n',
  );
  expect(await terminal.command('AT+CREG?')).toContain('+CREG: 1,5\r\n');
});

test('flight mode and back, with the time that registration takes', async () => {
  const { modem: make, clock } = bench({ conditions: { registrationMs: 2000 } });
  const { terminal } = await make();
  await terminal.command('AT+CREG=1');
  expect(await terminal.command('AT+CFUN=4')).toContain('OK');
  await terminal.until('+CREG: 0');
  await terminal.command('AT+CFUN=1');
  await terminal.until('+CREG: 2');
  await clock.advance(2000);
  await terminal.until('+CREG: 1');
});

test('operator, signal and network time', async () => {
  const { terminal, modem } = await bench().modem();
  modem.setSignal(-113);
  expect(await terminal.command('AT+CSQ')).toContain('+CSQ: 0,99');
  expect(await terminal.command('AT+COPS=3,2;+COPS?')).toContain('+COPS: 0,2,"00101",7');
  expect(await terminal.command('AT+COPS=?')).toContain('(2,"Ringpost Simulated",');
  expect(await terminal.command('AT+CCLK?')).toContain('+CCLK: "26/01/01,00:00:00+00"');
});

test('a reset loses volatile settings, says how it boots, and keeps stored messages', async () => {
  const { modem: make, clock, network } = bench();
  const { terminal, modem } = await make();
  await terminal.command('AT+CLIP=1;+CNMI=2,1;+CMEE=2');
  network.inject({ from: BOB, to: ALICE, text: 'kept' });
  await terminal.until('+CMTI: "SM",0\r\n');
  modem.reset();
  expect(modem.registered).toBe(false);
  await clock.advance(2000);
  const boot = await terminal.until('PB DONE\r\n');
  expect(boot).toBe('\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n');
  expect(modem.registered).toBe(true);
  expect(await terminal.command('AT+CLIP?;+CNMI?;+CMEE?')).toMatch(/CLIP: 0.*CNMI: 0,0.*CMEE: 0/s);
  expect(modem.stored('SM')).toHaveLength(1);
});

test('personalities differ: the generic modem has no sockets and numbers its slots from 1', async () => {
  const { modem: make, network } = bench();
  const { terminal } = await make({ personality: GENERIC });
  await terminal.command('AT+CNMI=2,1');
  network.inject({ from: 'Letters', to: ALICE, text: 'x' });
  await terminal.until('+CMTI: "SM",1');
  expect(await terminal.command('AT+NETOPEN')).toBe('\r\nERROR\r\n');
});
