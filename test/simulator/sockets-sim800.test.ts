import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { GENERIC } from '../../src/simulator/personalities.ts';
import { listening } from '../link/room.ts';
import { bench, type Terminal } from '../support/simulated-terminal.ts';

const personality = { ...GENERIC, sockets: 'sim800' } as const;

/** A modem in the state IP STATUS, as the application note brings it there. */
async function online(receive = 1) {
  const setting = bench({ hosts: { 'mail.example': '127.0.0.1' } });
  const { terminal, modem } = await setting.modem({ personality });
  for (const text of ['+CMEE=1', '+CIPMUX=1', `+CIPRXGET=${receive}`, '+CSTT="internet"', '+CIICR'])
    expect(await terminal.command(`AT${text}`)).toBe('\r\nOK\r\n');
  terminal.type('AT+CIFSR\r');
  expect(await terminal.until(/\d\r\n/)).toBe('\r\n198.51.100.1\r\n');
  return { ...setting, terminal, modem };
}

async function start(terminal: Terminal, link: number, host: string, port: number): Promise<string> {
  terminal.type(`AT+CIPSTART=${link},"TCP","${host}",${port}\r`);
  return terminal.until(new RegExp(`\\r\\n${link}, [A-Z ]+\\r\\n`));
}

test('connects, sends, tells what waits, reads it in parts', async () => {
  const port = await listening((socket) => socket.pipe(socket));
  const { terminal } = await online();
  expect(await start(terminal, 0, 'mail.example', port)).toBe('\r\nOK\r\n\r\n0, CONNECT OK\r\n');
  terminal.type('AT+CIPSEND=0,5\r');
  await terminal.until('\r\n> ');
  terminal.type('\0\r\nOK');
  expect(await terminal.until('SEND OK\r\n')).toBe('\r\n0, SEND OK\r\n');
  await terminal.until('\r\n+CIPRXGET: 1,0\r\n');
  expect(await terminal.command('AT+CIPRXGET=4,0')).toContain('+CIPRXGET: 4,0,5\r\n');
  expect(await terminal.command('AT+CIPRXGET=2,0,3')).toBe('\r\n+CIPRXGET: 2,0,3,2\r\n\0\r\n\r\n\r\nOK\r\n');
  expect(await terminal.command('AT+CIPRXGET=3,0,9')).toBe('\r\n+CIPRXGET: 3,0,2,0\r\n4F4B\r\n\r\nOK\r\n');
  expect(await terminal.command('AT+CIPRXGET=2,0')).toBe('\r\n+CIPRXGET: 2,0,0,0\r\n\r\nOK\r\n');
});

test('the order of the commands matters', async () => {
  const { modem: make } = bench();
  const { terminal } = await make({ personality });
  await terminal.command('AT+CMEE=1');
  const notYet = ['+CIICR', '+CIPSTART=0,"TCP","127.0.0.1",9', '+CIPSEND=0,5', '+CIPRXGET=2,0,5'];
  for (const text of notYet) expect(await terminal.command(`AT${text}`)).toBe('\r\n+CME ERROR: 3\r\n');
  expect(await terminal.command('AT+CIFSR')).toBe('\r\nERROR\r\n');
  await terminal.command('AT+CSTT="internet"');
  expect(await terminal.command('AT+CIPMUX=1')).toBe('\r\n+CME ERROR: 3\r\n');
  terminal.type('AT+CIPSHUT\r');
  expect(await terminal.until('SHUT OK\r\n')).toBe('\r\nSHUT OK\r\n');
  expect(await terminal.command('AT+CIPMUX=1')).toBe('\r\nOK\r\n');
  expect(await terminal.command('AT+CIPMUX?')).toContain('+CIPMUX: 1');
});

test('closed from either side; what came before the end stays readable', async () => {
  const far: Socket[] = [];
  const port = await listening((socket) => far.push(socket.resume()));
  const { terminal } = await online();
  await start(terminal, 0, '127.0.0.1', port);
  await start(terminal, 1, '127.0.0.1', port);
  terminal.type('AT+CIPCLOSE=0\r');
  expect(await terminal.until('OK\r\n')).toBe('\r\n0, CLOSE OK\r\n');
  expect(await terminal.command('AT+CIPCLOSE=0')).toBe('\r\nERROR\r\n');
  far[1]?.end('last words');
  expect(await terminal.until('CLOSED\r\n')).toBe('\r\n+CIPRXGET: 1,1\r\n\r\n1, CLOSED\r\n');
  expect(await terminal.command('AT+CIPRXGET=2,1,1460')).toContain('+CIPRXGET: 2,1,10,0\r\nlast words\r\n');
  expect(await terminal.command('AT+CIPRXGET=2,1,1460')).toBe('\r\n+CME ERROR: 3\r\n');
  expect(await terminal.command('AT+CIPSEND=1,5')).toBe('\r\n+CME ERROR: 3\r\n');
  terminal.type('AT+CIPSTATUS\r');
  expect(await terminal.until('C: 5,0,"","","","INITIAL"\r\n')).toMatch(
    /^\r\nOK\r\n\r\nSTATE: IP STATUS\r\n\r\nC: 0,.*"INITIAL"\r\n\r\nC: 1,0,"TCP","127.0.0.1","\d+","CLOSED"\r\n/,
  );
});

test('refused, unknown and taken connections; names on request', async () => {
  const port = await listening(() => {});
  const { terminal, modem } = await online();
  expect(await start(terminal, 0, '127.0.0.1', 1)).toContain('\r\n0, CONNECT FAIL\r\n');
  expect(await start(terminal, 0, 'nowhere.example', 1)).toContain('\r\n0, CONNECT FAIL\r\n');
  await start(terminal, 0, '127.0.0.1', port);
  expect(await start(terminal, 0, '127.0.0.1', port)).toContain('\r\n0, ALREADY CONNECT\r\n');
  expect(await terminal.command(`AT+CIPSTART=6,"TCP","127.0.0.1",${port}`)).toBe('\r\nERROR\r\n');
  terminal.type('AT+CDNSGIP="nowhere.example"\r');
  expect(await terminal.until('0,8\r\n')).toBe('\r\nOK\r\n\r\n+CDNSGIP: 0,8\r\n');
  terminal.type('AT+CDNSGIP="mail.example"\r');
  await terminal.until('+CDNSGIP: 1,"mail.example","127.0.0.1"\r\n');
  modem.faults.connectError = 1;
  expect(await start(terminal, 1, '127.0.0.1', port)).toContain('\r\n1, CONNECT FAIL\r\n');
});

test('the network goes away: nothing opens before AT+CIPSHUT', async () => {
  const far: Socket[] = [];
  const port = await listening((socket) => far.push(socket.resume()));
  const { terminal, modem } = await online();
  await start(terminal, 0, '127.0.0.1', port);
  modem.loseCarrier();
  expect(await terminal.until('DEACT\r\n')).toBe('\r\n+PDP: DEACT\r\n');
  await expect.poll(() => far[0]?.destroyed || far[0]?.readableEnded).toBe(true);
  expect(await terminal.command('AT+CSTT="internet"')).toBe('\r\n+CME ERROR: 3\r\n');
  terminal.type('AT+CIPSTATUS\r');
  await terminal.until('STATE: PDP DEACT\r\n');
  terminal.type('AT+CIPSHUT\r');
  await terminal.until('SHUT OK\r\n');
  expect(await terminal.command('AT+CSTT="internet"')).toBe('\r\nOK\r\n');
});

test('without +CIPRXGET=1 received bytes are pushed out; with +CIPQSEND=1 a send is not waited for', async () => {
  const port = await listening((socket) => socket.pipe(socket));
  const { terminal } = await online(0);
  await terminal.command('AT+CIPQSEND=1');
  await start(terminal, 2, '127.0.0.1', port);
  terminal.type('AT+CIPSEND=2,6\r');
  await terminal.until('\r\n> ');
  terminal.type('pushed');
  expect(await terminal.until('pushed\r\n')).toBe('\r\nDATA ACCEPT:2,6\r\n\r\n+RECEIVE,2,6:\r\npushed\r\n');
});
