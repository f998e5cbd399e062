import { describe, expect, test } from 'vitest';
import type { CommandOptions } from '../../../src/modem/at-channel.ts';
import { type Exchange, framed, scripted } from './script.ts';

interface Case {
  readonly name: string;
  readonly command: string;
  readonly options?: CommandOptions;
  readonly script: readonly Exchange[];
  readonly lines?: readonly string[];
  readonly final?: string;
  readonly payloads?: readonly string[];
  readonly urcs?: readonly string[];
}

const PDU = '0011000B919471515432F60000AA0AE8329BFD4697D9EC37';

const answered: readonly Case[] = [
  {
    name: 'a plain OK',
    command: 'AT',
    script: [{ expect: 'AT\r', reply: framed('OK') }],
  },
  {
    name: 'echo is stripped, and only the echo',
    command: 'AT+CREG?',
    script: [{ expect: 'AT+CREG?\r', reply: `AT+CREG?\r${framed('+CREG: 0,1', 'OK')}` }],
    lines: ['+CREG: 0,1'],
  },
  {
    name: 'echo that comes byte by byte, behind a URC',
    command: 'AT+CSQ',
    script: [{ expect: 'AT+CSQ\r', reply: ['\r\nRING\r\n', ...'AT+CSQ\r', ...framed('+CSQ: 17,99', 'OK')] }],
    lines: ['+CSQ: 17,99'],
    urcs: ['RING'],
  },
  {
    name: 'URCs before, in the middle and behind',
    command: 'AT+CPMS?',
    script: [
      {
        expect: 'AT+CPMS?\r',
        reply: framed('+CMTI: "SM",0', '+CPMS: "SM",1,30', 'RING', 'OK', '+CRING: VOICE'),
      },
    ],
    lines: ['+CPMS: "SM",1,30'],
    urcs: ['+CMTI: "SM",0', 'RING', '+CRING: VOICE'],
  },
  {
    name: 'a URC with the prefix of the running command belongs to the command',
    command: 'AT+CREG?',
    script: [{ expect: 'AT+CREG?\r', reply: framed('+CREG: 1', '+CREG: 0,1', 'OK') }],
    lines: ['+CREG: 1', '+CREG: 0,1'],
  },
  {
    name: 'a compound command claims all its parts',
    command: 'AT+CMEE=1;+CLIP=1;+CREG?;+COPS?',
    script: [
      {
        expect: 'AT+CMEE=1;+CLIP=1;+CREG?;+COPS?\r',
        reply: framed('+CREG: 0,5', '+CMTI: "ME",7', '+COPS: 0,0,"Net;+X"', 'OK'),
      },
    ],
    lines: ['+CREG: 0,5', '+COPS: 0,0,"Net;+X"'],
    urcs: ['+CMTI: "ME",7'],
  },
  {
    name: "'*' claims what is not a known URC",
    command: 'ATI',
    options: { claims: ['*'] },
    script: [{ expect: 'ATI\r', reply: framed('SIMCOM_SIM7600E', '+CMTI: "SM",3', 'Revision: 1.0', 'OK') }],
    lines: ['SIMCOM_SIM7600E', 'Revision: 1.0'],
    urcs: ['+CMTI: "SM",3'],
  },
  {
    name: 'the PDU behind +CMGL belongs to it, also with a URC between',
    command: 'AT+CMGL=4',
    script: [
      { expect: 'AT+CMGL=4\r', reply: framed('+CMGL: 0,1,,24', PDU, '+CMGL: 1,1,,24', 'RING', PDU, 'OK') },
    ],
    lines: ['+CMGL: 0,1,,24', PDU, '+CMGL: 1,1,,24', PDU],
    urcs: ['RING'],
  },
  {
    name: "the PDU behind a +CMT is not taken by a command that claims '*'",
    command: 'AT+CGMM',
    options: { claims: ['*'] },
    script: [{ expect: 'AT+CGMM\r', reply: `\r\n+CMT: ,24\r\n${PDU}\r\n${framed('SIM800', 'OK')}` }],
    lines: ['SIM800'],
    urcs: ['+CMT: ,24', PDU],
  },
  {
    name: 'the prompt has no line end; the data goes out as it is',
    command: 'AT+CMGS=23',
    options: { prompt: Buffer.from(`${PDU}\x1a`) },
    script: [
      { expect: 'AT+CMGS=23\r', reply: '\r\n> ' },
      { expect: `${PDU}\x1a`, reply: framed('+CMGS: 5', 'OK') },
    ],
    lines: ['+CMGS: 5'],
  },
  {
    name: 'the prompt with echo, a URC in front of it, and the echo of the data',
    command: 'AT+CMGS=23',
    options: { prompt: Buffer.from(`${PDU}\x1a`) },
    script: [
      { expect: 'AT+CMGS=23\r', reply: ['AT+CMGS=23\r', '\r\n+CMTI: "SM",1\r\n', '\r', '\n', '>', ' '] },
      { expect: `${PDU}\x1a`, reply: `${PDU}\x1a${framed('RING', '+CMGS: 6', 'OK')}` },
    ],
    lines: ['+CMGS: 6'],
    urcs: ['+CMTI: "SM",1', 'RING'],
  },
  {
    name: 'a prompt without its space, raw data that looks like a result, echoed',
    command: 'AT+CIPSEND=1,6',
    options: { prompt: Buffer.from('\r\nOK\r\n') },
    script: [
      { expect: 'AT+CIPSEND=1,6\r', reply: 'AT+CIPSEND=1,6\r\r\n>' },
      { expect: '\r\nOK\r\n', reply: `\r\nOK\r\n${framed('+CIPSEND: 1,6,6', 'OK')}` },
    ],
    lines: ['+CIPSEND: 1,6,6'],
  },
  {
    name: 'raw data that looks like a result, not echoed',
    command: 'AT+CIPSEND=1,6',
    options: { prompt: Buffer.from('\r\nOK\r\n') },
    script: [
      { expect: 'AT+CIPSEND=1,6\r', reply: '\r\n>' },
      { expect: '\r\nOK\r\n', reply: framed('OK') },
    ],
  },
  {
    name: 'a payload of known length may hold anything',
    command: 'AT+CIPRXGET=2,0,99',
    options: {
      claims: ['+CIPRXGET: 2,0,'],
      payload: (line) => Number(line.split(',')[2]),
    },
    script: [
      {
        expect: 'AT+CIPRXGET=2,0,99\r',
        reply: [
          '\r\n+CIPRXGET: 1,3\r\n\r\n+CIPRXGET: 2,0,15,0\r',
          '\n\r\nOK\r\n> \xff\0',
          'RING\r\n\r\nOK\r\n',
        ],
      },
    ],
    lines: ['+CIPRXGET: 2,0,15,0'],
    payloads: ['\r\nOK\r\n> \xff\0RING\r'.slice(0, 15)],
    urcs: ['+CIPRXGET: 1,3'],
  },
  {
    name: 'a final line of its own',
    command: 'AT+CIPSHUT',
    options: { final: (line) => line === 'SHUT OK' },
    script: [{ expect: 'AT+CIPSHUT\r', reply: framed('SHUT OK') }],
    final: 'SHUT OK',
  },
  {
    name: 'CONNECT ends a dial command',
    command: 'ATD*99***1#',
    script: [{ expect: 'ATD*99***1#\r', reply: framed('CONNECT 115200') }],
    final: 'CONNECT 115200',
  },
  {
    name: 'BUSY and NO CARRIER are unsolicited for a command that sets up no call',
    command: 'AT+CSQ',
    script: [{ expect: 'AT+CSQ\r', reply: framed('BUSY', '+CSQ: 9,99', 'NO CARRIER', 'OK') }],
    lines: ['+CSQ: 9,99'],
    urcs: ['BUSY', 'NO CARRIER'],
  },
  {
    name: 'NUL and 0xFF in front of a line',
    command: 'AT',
    script: [{ expect: 'AT\r', reply: '\0\0\xff\xff\r\nOK\r\n' }],
  },
];

describe('a command gets its answer', () => {
  test.each(answered)(
    '$name',
    async ({ command, options, script, lines, final, payloads, urcs, ...rest }) => {
      expect(rest.name).not.toBe('');
      const { channel, modem, urcs: heard, clock } = scripted(script);
      const reply = await channel.command(command, options);
      await clock.advance(0);
      expect(reply.lines).toEqual(lines ?? []);
      expect(reply.final).toBe(final ?? 'OK');
      expect(reply.payloads.map((one) => Buffer.from(one).toString('latin1'))).toEqual(payloads ?? []);
      expect(heard).toEqual(urcs ?? []);
      modem.done();
    },
  );
});

test('one command at a time: the next is sent when the answer is there', async () => {
  const { channel, modem, clock } = scripted([
    { expect: 'AT+A\r', after: 1000, reply: framed('+A: 1', 'OK') },
    { expect: 'AT+B\r', reply: framed('+B: 2', 'OK') },
  ]);
  const both = Promise.all([channel.command('AT+A'), channel.command('AT+B')]);
  await clock.advance(900);
  expect(modem.received).toBe('AT+A\r');
  await clock.advance(200);
  expect((await both).map((reply) => reply.lines)).toEqual([['+A: 1'], ['+B: 2']]);
});

test('a listener that throws does not keep the line from the others', async () => {
  const { channel, modem, clock, urcs } = scripted([]);
  channel.onUrc(() => {
    throw new Error('broken listener');
  });
  const late: string[] = [];
  const forget = channel.onUrc((line) => late.push(line));
  modem.say(framed('RING'));
  await clock.advance(0);
  forget();
  modem.say(framed('+CLIP: "+491511234567",145'));
  await clock.advance(0);
  expect(urcs).toEqual(['RING', '+CLIP: "+491511234567",145']);
  expect(late).toEqual(['RING']);
});

test('a data call: everything behind CONNECT is data until the line is given back', async () => {
  const { channel, modem, clock, urcs } = scripted([
    { expect: 'ATD*99#\r', reply: `${framed('CONNECT 150000000')}~\xffOK\r\n` },
    { expect: 'bytes\r\n' },
    { expect: '\x1bAT\r', reply: framed('OK') },
    { expect: 'AT+CSQ\r', reply: framed('+CSQ: 1,99', 'OK') },
  ]);
  const phase = await channel.data('ATD*99#');
  const quality = channel.command('AT+CSQ');
  let got = '';
  phase.onData((bytes) => {
    got += Buffer.from(bytes).toString('latin1');
  });
  await phase.write(Buffer.from('bytes\r\n'));
  modem.say('\r\nRING\r\n');
  await clock.advance(10_000);
  expect(phase.connect).toBe('CONNECT 150000000');
  expect(got).toBe('~\xffOK\r\n\r\nRING\r\n');
  phase.leave();
  modem.say(framed('NO CARRIER'));
  await clock.advance(1000);
  expect((await quality).lines).toEqual(['+CSQ: 1,99']);
  expect(urcs).toEqual(['NO CARRIER']);
  modem.done();
});
