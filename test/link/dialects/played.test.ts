import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { drained, until } from '../room.ts';
import { played, type Score } from './played.ts';

const QUECTEL: Score = {
  'AT+QIOPEN=1,0,"TCP","mail.test",25,0,0': '\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n',
};

/** As the AT command manual prints its lines, and as the application note does. */
const SPACED = [
  ['without a space', '0,CONNECT OK', '0,CLOSED', '0,SEND OK'],
  ['with a space', '0, CONNECT OK', '0, CLOSED', '0, SEND OK'],
] as const;

const SIM800: Score = {
  'AT+CIPSHUT': '\r\nSHUT OK\r\n',
  'AT+CIFSR': '\r\n10.78.245.128\r\n',
  'AT+CIPSTART=0,"TCP","mail.test",25': '\r\nOK\r\n\r\n0, CONNECT OK\r\n',
};

describe('Quectel', () => {
  test('bytes that are announced in the same breath as "nothing there" are not forgotten', async () => {
    const { link, say } = await played('quectel', {
      ...QUECTEL,
      'AT+QIRD=0,1500': [
        '\r\n+QIRD: 0\r\n\r\nOK\r\n\r\n+QIURC: "recv",0\r\n',
        '\r\n+QIRD: 5\r\nhello\r\n\r\nOK\r\n',
        '\r\n+QIRD: 0\r\n\r\nOK\r\n',
      ],
    });
    const socket = link.connect('mail.test', 25);
    await once(socket, 'connect');
    const got = once(socket, 'data');
    say('\r\n+QIURC: "recv",0\r\n');
    expect(String((await got)[0])).toBe('hello');
  });

  test('a connection that is over and read out ends well, though the modem refuses to look into it', async () => {
    const { link, commands, say } = await played('quectel', {
      ...QUECTEL,
      'AT+QIRD=0,1500': '\r\nERROR\r\n',
    });
    const socket = link.connect('mail.test', 25);
    await once(socket, 'connect');
    say('\r\n+QIURC: "closed",0\r\n');
    expect(await drained(socket)).toHaveLength(0);
    await until(() => commands.includes('AT+QICLOSE=0'));
    expect(commands).toContain('AT+QIGETERROR');
  });

  test('while it is not over, a refusal to read is the end of the connection, and an error', async () => {
    const { link, say } = await played('quectel', { ...QUECTEL, 'AT+QIRD=0,1500': '\r\nERROR\r\n' });
    const socket = link.connect('mail.test', 25).resume();
    await once(socket, 'connect');
    say('\r\n+QIURC: "recv",0\r\n');
    expect((await once(socket, 'error'))[0]).toMatchObject({ name: 'LinkError', code: 'connection-lost' });
  });

  test('a modem that starts again takes the session with it', async () => {
    const { link, say } = await played('quectel', QUECTEL);
    say('\r\nRDY\r\n');
    expect(await link.closed).toMatchObject({ code: 'link-lost' });
  });

  test.each([2, 10])('the end of PDP context %i is not ours', async (context) => {
    const { link, say } = await played('quectel', QUECTEL);
    say(`\r\n+QIURC: "pdpdeact",${context}\r\n`);
    await once(link.connect('mail.test', 25), 'connect');
  });
});

describe('SIM800', () => {
  test.each(SPACED)('its lines %s', async (_name, connected, closed, sent) => {
    const { link, say, commands } = await played('sim800', {
      ...SIM800,
      'AT+CIPSTART=0,"TCP","mail.test",25': `\r\nOK\r\n\r\n${connected}\r\n`,
      'AT+CIPSEND=0,5': '\r\n> ',
      hello: `\r\n${sent}\r\n`,
      'AT+CIPRXGET=2,0,1460': '\r\n+CME ERROR: 3\r\n',
    });
    const socket = link.connect('mail.test', 25);
    socket.write('hello');
    await until(() => link.cost().bytesUp === 5);
    say(`\r\n${closed}\r\n`);
    expect(await drained(socket)).toHaveLength(0);
    // CLOSED has freed the number: there is nothing to close.
    expect(commands.some((text) => text.startsWith('AT+CIPCLOSE'))).toBe(false);
  });

  test('an access point without a user; without one, the network chooses', async () => {
    const { commands } = await played('sim800', SIM800);
    expect(commands).toContain('AT+CSTT=""');
  });

  test('the old session that AT+CIPSHUT ends is not ours', async () => {
    const { link } = await played('sim800', {
      ...SIM800,
      'AT+CIPSHUT': '\r\n+PDP: DEACT\r\n\r\nSHUT OK\r\n',
    });
    await once(link.connect('mail.test', 25), 'connect');
  });

  test.each([
    ['0,8', 'name-not-found'],
    ['0,3', 'connect-refused'],
    ['1,"mail.test","198.51.100.7"', 'connect-refused'],
  ])('CONNECT FAIL, and +CDNSGIP: %s: %s', async (told, code) => {
    const { link } = await played('sim800', {
      ...SIM800,
      'AT+CIPSTART=0,"TCP","mail.test",25': '\r\nOK\r\n\r\n0, CONNECT FAIL\r\n',
      'AT+CDNSGIP="mail.test"': `\r\nOK\r\n\r\n+CDNSGIP: ${told}\r\n`,
    });
    expect((await once(link.connect('mail.test', 25), 'error'))[0]).toMatchObject({ code });
  });
});
