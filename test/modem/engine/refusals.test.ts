import { describe, expect, test } from 'vitest';
import type { CommandOptions } from '../../../src/modem/at-channel.ts';
import { framed, refused, scripted } from './script.ts';

interface RefusedCase {
  readonly command: string;
  readonly reply: string;
  readonly options?: CommandOptions;
  readonly code: string;
  readonly message: string;
  readonly temporary?: boolean;
  readonly number?: number;
}

const refusals: readonly RefusedCase[] = [
  { command: 'AT+FOO', reply: 'ERROR', code: 'error', message: 'AT+FOO: ERROR' },
  {
    command: 'AT+CMGS=23',
    reply: '+CMS ERROR: 38',
    options: { prompt: Buffer.from('x'), shown: 'AT+CMGS to +49…123' },
    code: 'cms-error',
    message: 'AT+CMGS to +49…123: +CMS ERROR: 38 (network out of order)',
    temporary: true,
    number: 38,
  },
  {
    command: 'AT+CPIN?',
    reply: '+CME ERROR: 10',
    code: 'cme-error',
    message: 'AT+CPIN?: +CME ERROR: 10 (SIM not inserted)',
    number: 10,
  },
  {
    command: 'AT+CPIN?',
    reply: '+CME ERROR: SIM busy',
    code: 'cme-error',
    message: 'AT+CPIN?: +CME ERROR: SIM busy',
    temporary: true,
    number: 14,
  },
  {
    command: 'AT+X',
    reply: '+CME ERROR: 4711',
    code: 'cme-error',
    message: 'AT+X: +CME ERROR: 4711',
    number: 4711,
  },
  {
    command: 'AT+X',
    reply: '+CMS ERROR: some words of a vendor',
    code: 'cms-error',
    message: 'AT+X: +CMS ERROR: some words of a vendor',
  },
  {
    command: 'ATD+4915112345678;',
    reply: 'BUSY',
    code: 'busy',
    message: 'ATD+49…678;: BUSY',
    temporary: true,
  },
  {
    command: 'ATD1234;',
    reply: 'NO CARRIER',
    code: 'no-carrier',
    message: 'ATD1234;: NO CARRIER',
    temporary: true,
  },
  {
    command: 'ATD1234;',
    reply: 'NO ANSWER',
    code: 'no-answer',
    message: 'ATD1234;: NO ANSWER',
    temporary: true,
  },
  {
    command: 'ATE0D1234;',
    reply: 'NO DIALTONE',
    code: 'no-dialtone',
    message: 'ATE0D1234;: NO DIALTONE',
    temporary: true,
  },
];

describe('a command is refused', () => {
  test.each(refusals)(
    '$command: $reply',
    async ({ command, reply, options, code, message, temporary, number }) => {
      const { channel, modem } = scripted([
        { expect: `${command}\r`, reply: framed(reply) },
        { expect: 'AT\r', reply: framed('OK') },
      ]);
      const error = await refused(channel.command(command, options));
      expect(error).toMatchObject({ name: 'ModemError', code, message, temporary: temporary ?? false });
      expect(error.fields).toMatchObject({ reply, number });
      expect(await channel.command('AT')).toMatchObject({ final: 'OK' });
      modem.done();
    },
  );

  test('the information lines before the error are kept in its fields', async () => {
    const { channel } = scripted([{ expect: 'AT+CIPOPEN=0\r', reply: framed('+CIPOPEN: 0,4', 'ERROR') }]);
    const error = await refused(channel.command('AT+CIPOPEN=0'));
    expect(error.fields.lines).toEqual(['+CIPOPEN: 0,4']);
  });
});
