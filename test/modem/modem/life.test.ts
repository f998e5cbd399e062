import { expect, test } from 'vitest';
import { deliverText } from '../sms/support.ts';
import { stage } from './support.ts';

test('a restarted modem gets its settings again, once, and its store is swept', async () => {
  const its = await stage();
  const modem = await its.open();
  const before = its.played.commands.length;
  its.played.keep(deliverText('came meanwhile'));
  its.played.say('RDY', '+CPIN: READY', 'SMS DONE');
  await its.clock.advance(500);
  its.played.say('PB DONE');
  expect(await its.next(modem, 20_000)).toMatchObject({ text: 'came meanwhile' });
  const after = its.played.commands.slice(before);
  expect(after.filter((command) => command === 'AT+CNMI=2,1,0,0,0')).toHaveLength(1);
  its.played.say('RDY');
  await its.clock.advance(20_000);
  expect(its.played.commands.slice(before).filter((command) => command === 'AT+CNMI=2,1,0,0,0')).toHaveLength(
    2,
  );
});

test('a restarted modem that is slow is asked again; one with a locked SIM is lost', async () => {
  const its = await stage();
  const modem = await its.open();
  let silent = 8;
  its.played.when(/^AT$/, () => (silent-- > 0 ? [] : undefined));
  its.played.keep(deliverText('patience'));
  its.played.say('RDY');
  expect(await its.next(modem, 60_000)).toMatchObject({ text: 'patience' });
  its.played.when(/CPIN\?/, ['+CPIN: SIM PUK', 'OK']);
  its.played.say('RDY');
  await expect(its.next(modem, 60_000)).rejects.toMatchObject({ code: 'sim-puk-required' });
  expect(await modem.closed).toMatchObject({ code: 'sim-puk-required' });
});

test('a modem that starts again without a word is noticed within minutes', async () => {
  const its = await stage();
  let cnmi = '0,0,0,0,0';
  its.played.when(/CNMI/, (command) => {
    if (command === 'AT+CNMI?') return [`+CNMI: ${cnmi}`, 'OK'];
    cnmi = command.slice('AT+CNMI='.length);
    return ['OK'];
  });
  const modem = await its.open();
  expect(cnmi).toBe('2,1,0,0,0');
  cnmi = '0,0,0,0,0';
  its.played.keep(deliverText('came meanwhile'));
  expect(await its.next(modem, 310_000)).toMatchObject({ text: 'came meanwhile' });
  expect(cnmi).toBe('2,1,0,0,0');
});

test('a lost line ends the modem and its incoming with the error', async () => {
  const its = await stage();
  const modem = await its.open();
  its.played.unplug();
  await expect(its.next(modem)).rejects.toMatchObject({ code: 'line-closed' });
  expect(await modem.closed).toMatchObject({ code: 'line-closed' });
});

test('disposing ends it well, and leaves the channel open', async () => {
  const its = await stage();
  const modem = await its.open();
  await modem[Symbol.asyncDispose]();
  expect(await its.next(modem)).toBeUndefined();
  expect(await modem.closed).toBeUndefined();
  its.played.receive(deliverText('nobody listens'));
  await its.clock.advance(1000);
  expect(its.played.commands.at(-1)).not.toMatch(/CMGR/);
  await its.run(modem.channel.command('AT'));
});

test('garbage between the lines does no harm', async () => {
  const its = await stage();
  const modem = await its.open();
  its.played.say(
    '+CMTI: "SM"',
    '+CMTI:',
    '+CMTI: "S\u0000M",1',
    '+CLIP:',
    '+CRING:',
    '\u00ff\u0001',
    '+CMTI: "SM",99',
  );
  await its.clock.advance(5000);
  its.played.receive(deliverText('all well'));
  expect(await its.next(modem)).toMatchObject({ text: 'all well' });
});

test.each([
  [['+CREG: 1,1'], true, false, 'registered, home network'],
  [['+CREG: 0,5'], true, true, 'registered, roaming'],
  [['+CREG: 2,1,"00C3","0000A1B2",7'], true, false, 'registered, home network'],
  [['+CREG: 5', '+CREG: 1,2'], false, false, 'not registered, searching'],
  [['+CREG: 1,"00C3","A1B2"'], true, false, 'registered, home network'],
  [['+CREG: 3,3,"00C3","A1B2",7,0,3'], false, false, 'denied: illegal MS (cause 3)'],
  [['+CREG: 3,3,"00C3","A1B2",7,0,99'], false, false, 'denied: not a known reason (cause 99)'],
  [['+CREG: 1,3'], false, false, 'denied: No cause information available'],
  [['+CREG: 1,11'], false, false, 'state 11'],
  [[], false, false, 'the modem does not tell'],
])('%j is %s, %s, %s', async (lines, registered, roaming, text) => {
  const its = await stage();
  const modem = await its.open();
  its.played.when(/C(E|G)REG/, ['ERROR']);
  its.played.when(/\+CREG\?/, [...lines, 'OK']);
  its.played.when(/CEER/, ['+CEER: No cause information available', 'OK']);
  expect(await its.run(modem.registration())).toMatchObject({ registered, roaming, text });
});

test('LTE counts where the circuit-switched network does not have the modem', async () => {
  const its = await stage();
  const modem = await its.open();
  its.played.when(/\+CREG\?/, ['+CREG: 1,0', 'OK']);
  its.played.when(/CEREG\?/, ['+CEREG: 1,5', 'OK']);
  expect(await its.run(modem.registration())).toMatchObject({ registered: true, roaming: true });
});

test.each([
  ['+CSQ: 0,99', '', -113],
  ['+CSQ: 31,0', '', -51],
  ['+CSQ: 116,0', '', -100],
  ['+CSQ: 99,99', '+CESQ: 63,0,255,255,255,255', -48],
  ['+CSQ: 99,99', '+CESQ: 99,99,20,30,255,255', -101],
  ['+CSQ: 99,99', '+CESQ: 99,99,255,255,20,41', -100],
  ['+CSQ: 99,99', '+CESQ: 99,99,255,255,255,255', undefined],
  ['+CSQ: rubbish', 'ERROR', undefined],
])('%s and %s are %s dBm', async (csq, cesq, dbm) => {
  const its = await stage();
  const modem = await its.open();
  its.played.when(/CSQ/, [csq, 'OK']);
  its.played.when(/CESQ/, cesq === 'ERROR' ? ['ERROR'] : [cesq, 'OK']);
  expect(await its.run(modem.signalStrength())).toBe(dbm);
});

test.each([
  ['+CCLK: "26/01/02,03:04:05+08"', '2026-01-02T01:04:05.000Z'],
  ['+CCLK: "26/01/02,03:04:05-14"', '2026-01-02T06:34:05.000Z'],
  ['+CCLK: "26/01/02,03:04:05+23"', '2026-01-01T21:19:05.000Z'],
  ['+CCLK: "80/01/06,00:00:10+00"', undefined],
  ['+CCLK: "04/01/01,00:00:10+00"', undefined],
  ['+CCLK: "70/01/01,00:00:10+00"', undefined],
  ['+CCLK: "26/13/02,03:04:05+08"', undefined],
  ['+CCLK: "26/01/02,03:04:05"', undefined],
  ['+CCLK: ""', undefined],
])('%s is %s', async (line, expected) => {
  const its = await stage();
  const modem = await its.open();
  its.played.when(/CCLK/, [line, 'OK']);
  const time = await its.run(modem.networkTime());
  expect(time === undefined ? undefined : new Date(time).toISOString()).toBe(expected);
});
