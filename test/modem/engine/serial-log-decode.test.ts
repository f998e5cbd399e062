import { describe, expect, test } from 'vitest';
import { type Direction, type Traffic, TrafficDecoder } from '../../../src/modem/serial-log-decode.ts';
import { encodeSubmit } from '../../../src/modem/sms/submit.ts';

/** What the log shows of the traffic, as `> text | means`. */
function shown(...pieces: readonly [Direction, string][]): string[] {
  const seen: Traffic[] = [];
  const decoder = new TrafficDecoder((traffic) => seen.push(traffic));
  for (const [dir, text] of pieces) decoder.push(dir, Buffer.from(text, 'latin1'));
  decoder.flush();
  return seen.map(({ dir, text, means }) => `${dir} ${text}${means ? ` | ${means}` : ''}`);
}

function submit(to: string, text: string) {
  const [pdu] = encodeSubmit({ to, content: { text }, reference: 1 });
  if (!pdu) throw new Error('no PDU');
  return { pdu: pdu.hex, length: pdu.length };
}

describe('commands and answers in words', () => {
  test('a query, its echo, its answer, a URC', () => {
    expect(
      shown(
        ['>', 'AT+CREG?\r'],
        ['<', 'AT+CREG?\r\r\n+CREG: 0,1\r\n\r\n'],
        ['<', 'OK\r\n\r\n+CMTI: "SM",0\r\n'],
      ),
    ).toEqual([
      '> AT+CREG? | registration',
      '< AT+CREG? | echo',
      '< +CREG: 0,1 | registration',
      '< OK',
      '< +CMTI: "SM",0 | new SMS stored',
    ]);
  });

  test('a compound command and an error', () => {
    expect(shown(['>', 'AT+CMEE=1;+CREG?\r'], ['<', '\r\n+CME ERROR: 10\r\n'])).toEqual([
      '> AT+CMEE=1;+CREG? | errors in words; registration',
      '< +CME ERROR: 10 | SIM not inserted',
    ]);
  });

  test('control bytes can be seen', () => {
    expect(shown(['<', '\xff\0RDY\x07\r\n'])).toEqual(['< \\xff\\x00RDY\\x07']);
  });
});

describe('what nobody is to read', () => {
  test.each([
    ['AT+CPIN="1234"\r', '> AT+CPIN=[secret] | SIM PIN'],
    [
      'AT+CMEE=2;+CPIN="1234";+CSQ\r',
      '> AT+CMEE=2;+CPIN=[secret];+CSQ | errors in words; SIM PIN; signal quality',
    ],
    ['AT+CGAUTH=1,1,"pass","user"\r', '> AT+CGAUTH=[secret] | access point, user'],
    ['AT+QICSGP=1,1,"apn","user","pass",1\r', '> AT+QICSGP=[secret] | access point'],
    ['AT+CSTT="internet","user","pass"\r', '> AT+CSTT=[secret] | access point'],
    ['ATD+4915112345678;\r', '> ATD+49…678; | dial'],
    ['AT+X="RP1ABCDEFGHIJKLMNOPQRSTUVWXYZ23456"\r', '> AT+X="RP1…"'],
    ['AT+X=0011000B919471515432F60000AA0A\r', '> AT+X=[15 octets]'],
  ])('%j is shown as %j', (text, line) => {
    expect(shown(['>', text])).toEqual([line]);
  });

  test('a password that the modem tells', () => {
    expect(shown(['<', '\r\n+QICSGP: 1,"apn","user","pass",1\r\n'])).toEqual([
      '< +QICSGP: [secret] | access point',
    ]);
  });

  test('the number of a caller, the IMEI', () => {
    expect(shown(['<', '\r\n+CLIP: "+4915112345678",145\r\n\r\n356938035643809\r\n'])).toEqual([
      '< +CLIP: "+49…678",145 | number of the caller',
      '< 356…809',
    ]);
  });

  test('an SMS going out: the PDU is taken apart, its text is not shown', () => {
    const { pdu, length } = submit('+4915112345678', 'meet me at noon');
    const lines = shown(
      ['>', `AT+CMGS=${length}\r`],
      ['<', '\r\n> '],
      ['>', `${pdu}\x1a`],
      ['<', '\r\n+CMGS: 7\r\n\r\nOK\r\n'],
    );
    expect(lines.slice(0, 2)).toEqual([`> AT+CMGS=${length} | send SMS`, '< > | ready for the data']);
    expect(lines[2]).toMatch(/^> \[PDU of \d+ octets] \| SMS-SUBMIT to \+49…678, GSM 7-bit, 15 characters/);
    expect(lines.slice(3)).toEqual(['< +CMGS: 7 | send SMS', '< OK']);
    expect(lines.join()).not.toContain('noon');
    expect(lines.join()).not.toContain(pdu);
  });

  test('stored SMS: received and sent ones; text mode is only counted', () => {
    const { pdu } = submit('+4915112345678', 'x');
    const deliver = '07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07';
    const lines = shown(
      ['>', 'AT+CMGL=4\r'],
      ['<', `\r\n+CMGL: 0,1,,30\r\n${deliver}\r\n+CMGL: 1,2,,9\r\n${pdu}\r\n\r\nOK\r\n`],
      ['<', '\r\n+CMT: "+491511234567",,"26/01/01"\r\nHello you\r\n'],
    );
    expect(lines[2]).toMatch(/^< \[PDU of \d+ octets] \| SMS-DELIVER from /);
    expect(lines[4]).toMatch(/^< \[PDU of \d+ octets] \| SMS-SUBMIT to /);
    expect(lines.at(-1)).toBe('< [9 characters]');
  });

  test('bytes of a connection, both ways, whatever they look like', () => {
    expect(
      shown(
        ['>', 'AT+CIPSEND=1,8\r'],
        ['<', 'AT+CIPSEND=1,8\r\r\n>'],
        ['>', 'a1 LOGIN'],
        ['<', 'a1 LOGIN\r\nOK\r\n\r\n+CIPSEND: 1,8,8\r\n'],
        ['>', 'AT+CIPRXGET=2,1,1500\r'],
        ['<', '\r\n+CIPRXGET: 2,1,9,0\r\n\r\nOK\r\n> x\r\nOK\r\n'],
      ),
    ).toEqual([
      '> AT+CIPSEND=1,8 | send on a connection',
      '< AT+CIPSEND=1,8 | echo',
      '< > | ready for the data',
      '> [8 bytes]',
      '< [8 bytes]',
      '< OK',
      '< +CIPSEND: 1,8,8 | send on a connection',
      '> AT+CIPRXGET=2,1,1500 | receive on a connection',
      '< +CIPRXGET: 2,1,9,0 | receive on a connection',
      '< [9 bytes]',
      '< OK',
    ]);
  });

  test('the same of Quectel', () => {
    expect(
      shown(
        ['>', 'AT+QISEND=1,8\r'],
        ['<', '\r\n> '],
        ['>', 'a1 LOGIN'],
        ['<', '\r\nSEND OK\r\n\r\n+QIURC: "recv",1\r\n'],
        ['>', 'AT+QIRD=1,1500\r'],
        ['<', '\r\n+QIRD: 9\r\n\r\nOK\r\n> x\r\nOK\r\n'],
      ),
    ).toEqual([
      '> AT+QISEND=1,8 | send on a connection',
      '< > | ready for the data',
      '> [8 bytes]',
      '< SEND OK',
      '< +QIURC: "recv",1 | socket event',
      '> AT+QIRD=1,1500 | receive on a connection',
      '< +QIRD: 9 | receive on a connection',
      '< [9 bytes]',
      '< OK',
    ]);
  });

  test('a send that was refused: the next command is a command again', () => {
    expect(
      shown(['>', 'AT+CIPSEND=1,8\r'], ['<', '\r\n+CIPERROR: 4\r\n\r\nERROR\r\n'], ['>', 'AT+CPIN="1"\r']),
    ).toEqual([
      '> AT+CIPSEND=1,8 | send on a connection',
      '< +CIPERROR: 4 | sockets error',
      '< ERROR',
      '> AT+CPIN=[secret] | SIM PIN',
    ]);
  });

  test('a data call is counted', () => {
    expect(
      shown(
        ['>', 'ATD*99***1#\r'],
        ['<', '\r\nCONNECT 115200\r\n'],
        ['>', '~secret'],
        ['>', ' mail~'],
        ['<', '~\xff\x7d#'],
        ['<', '\r\nNO CARRIER\r\n'],
        ['>', 'AT\r'],
      ),
    ).toEqual([
      '> ATD*99***1# | dial',
      '< CONNECT 115200 | data from here on',
      '> [13 bytes] | data of the call',
      '< [4 bytes] | data of the call',
      '< NO CARRIER | the call has ended',
      '> AT | are you there?',
    ]);
  });
});
