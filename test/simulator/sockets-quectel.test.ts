import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { GENERIC } from '../../src/simulator/personalities.ts';
import { listening } from '../link/room.ts';
import { bench, type Terminal } from '../support/simulated-terminal.ts';

const personality = { ...GENERIC, sockets: 'quectel' } as const;

async function online() {
  const setting = bench({ hosts: { 'mail.example': '127.0.0.1' } });
  const { terminal, modem } = await setting.modem({ personality });
  expect(await terminal.command('AT+QISDE=0')).toBe('\r\nOK\r\n');
  expect(await terminal.command('AT+QIACT=1')).toBe('\r\nOK\r\n');
  return { ...setting, terminal, modem };
}

async function open(terminal: Terminal, link: number, host: string, port: number): Promise<string> {
  terminal.type(`AT+QIOPEN=1,${link},"TCP","${host}",${port},0,0\r`);
  return terminal.until(/\+QIOPEN: \d+,\d+\r\n|ERROR\r\n/);
}

async function send(terminal: Terminal, link: number, bytes: string): Promise<string> {
  terminal.type(`AT+QISEND=${link},${bytes.length}\r`);
  await terminal.until('\r\n> ');
  terminal.type(bytes);
  return terminal.until(/SEND \w+\r\n|ERROR\r\n/);
}

const why = (terminal: Terminal) => terminal.command('AT+QIGETERROR');

test('connects, sends, tells what waits once, reads it in parts until there is none', async () => {
  const port = await listening((socket) => socket.pipe(socket));
  const { terminal } = await online();
  expect(await open(terminal, 11, 'mail.example', port)).toBe('\r\nOK\r\n\r\n+QIOPEN: 11,0\r\n');
  expect(await send(terminal, 11, '\0\r\nOK')).toBe('\r\nSEND OK\r\n');
  await terminal.until('\r\n+QIURC: "recv",11\r\n');
  await send(terminal, 11, 'more');
  expect(await terminal.command('AT+QIRD=11,3')).toBe('\r\n+QIRD: 3\r\n\0\r\n\r\n\r\nOK\r\n');
  expect(await terminal.command('AT+QIRD=11,1')).toBe('\r\n+QIRD: 1\r\nO\r\n\r\nOK\r\n');
  // The echo of the second send is there some time, and is not told while the first is unread.
  let rest = '';
  while (rest.length < 5) {
    const answer = await terminal.command('AT+QIRD=11,1500');
    expect(answer).not.toContain('recv');
    rest += /: [1-9]\d*\r\n(\w+)/.exec(answer)?.[1] ?? '';
  }
  expect(rest).toBe('Kmore');
  expect(await terminal.command('AT+QIRD=11,1500')).toBe('\r\n+QIRD: 0\r\n\r\nOK\r\n');
});

test('with +QISDE=1 the bytes of a send come back', async () => {
  const port = await listening((socket) => socket.resume());
  const { terminal } = await online();
  await terminal.command('AT+QISDE=1');
  await open(terminal, 0, '127.0.0.1', port);
  expect(await send(terminal, 0, 'hello')).toBe('hello\r\nSEND OK\r\n');
});

test('the access point is kept, and asked for', async () => {
  const { modem: make } = bench();
  const { terminal } = await make({ personality });
  expect(await terminal.command('AT+QICSGP=1')).toContain('+QICSGP: 1,"internet","","",0\r\n');
  await terminal.command('AT+QICSGP=1,1,"iot","me","secret",1');
  expect(await terminal.command('AT+QICSGP=1')).toContain('+QICSGP: 1,"iot","me","secret",1\r\n');
  expect(await terminal.command('AT+CGDCONT?')).toContain('+CGDCONT: 1,"IP","iot"');
});

test('refusals are plain, and AT+QIGETERROR says why', async () => {
  const port = await listening(() => {});
  const { modem: make } = bench();
  const { terminal, modem } = await make({ personality });
  expect(await why(terminal)).toContain('+QIGETERROR: 0,operate successfully');
  expect(await open(terminal, 0, '127.0.0.1', port)).toBe('\r\nERROR\r\n');
  expect(await why(terminal)).toContain('+QIGETERROR: 561,open PDP context failed');
  modem.setRegistration(0);
  expect(await terminal.command('AT+QIACT=1')).toBe('\r\nERROR\r\n');
  modem.setRegistration(1);
  expect(await terminal.command('AT+QIACT?')).toBe('\r\nOK\r\n');
  await terminal.command('AT+QIACT=1');
  expect(await terminal.command('AT+QIACT?')).toContain('+QIACT: 1,1,1,"198.51.100.1"\r\n');
  expect(await terminal.command('AT+QISEND=3,5')).toBe('\r\nERROR\r\n');
  expect(await why(terminal)).toContain('567,socket has been closed');
  expect(await terminal.command('AT+QIOPEN=1,0,"TCP","127.0.0.1",9,0,1')).toBe('\r\nERROR\r\n');
  expect(await why(terminal)).toContain('555,operation not supported');
  expect(await terminal.command('AT+QIOPEN=1,12,"TCP","127.0.0.1",9,0,0')).toBe('\r\nERROR\r\n');
});

test.each([
  ['nowhere.example', 565],
  ['127.0.0.1', 566],
])('%s: +QIOPEN with %i, and the number is taken until AT+QICLOSE', async (host, code) => {
  const port = await listening((socket) => socket.resume());
  const { terminal } = await online();
  expect(await open(terminal, 0, host, 1)).toBe(`\r\nOK\r\n\r\n+QIOPEN: 0,${code}\r\n`);
  expect(await open(terminal, 0, '127.0.0.1', port)).toBe('\r\nERROR\r\n');
  expect(await why(terminal)).toContain('563,socket identity has been used');
  expect(await terminal.command('AT+QICLOSE=0')).toBe('\r\nOK\r\n');
  expect(await open(terminal, 0, '127.0.0.1', port)).toContain('+QIOPEN: 0,0');
});

test('closed by the far side: readable, and taken, until AT+QICLOSE', async () => {
  const far: Socket[] = [];
  const port = await listening((socket) => far.push(socket.resume()));
  const { terminal } = await online();
  await open(terminal, 0, '127.0.0.1', port);
  far[0]?.end('last words');
  expect(await terminal.until('"closed",0\r\n')).toBe('\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n');
  expect(await terminal.command('AT+QIRD=0,1500')).toContain('+QIRD: 10\r\nlast words\r\n');
  expect(await terminal.command('AT+QISEND=0,5')).toBe('\r\nERROR\r\n');
  expect(await open(terminal, 0, '127.0.0.1', port)).toBe('\r\nERROR\r\n');
  await terminal.command('AT+QICLOSE=0');
  expect(await terminal.command('AT+QIRD=0,1500')).toBe('\r\nERROR\r\n');
  expect(await open(terminal, 0, '127.0.0.1', port)).toContain('+QIOPEN: 0,0');
});

test('a full buffer: SEND FAIL, and none of it was taken', async () => {
  const far: Socket[] = [];
  const port = await listening((socket) => far.push(socket));
  const { terminal, network } = await online();
  await open(terminal, 0, '127.0.0.1', port);
  network.conditions.upBitsPerSecond = 1;
  const piece = 'x'.repeat(1460);
  const results: string[] = [];
  while (!results.at(-1)?.includes('FAIL') && results.length < 100)
    results.push(await send(terminal, 0, piece));
  expect(results.length).toBeGreaterThan(20);
  expect(results.at(-1)).toBe('\r\nSEND FAIL\r\n');
});

test('the network goes away: AT+QIACT works again after AT+QIDEACT', async () => {
  const far: Socket[] = [];
  const port = await listening((socket) => far.push(socket.resume()));
  const { terminal, modem } = await online();
  await open(terminal, 0, '127.0.0.1', port);
  modem.loseCarrier();
  expect(await terminal.until('\r\n+QIURC: "pdpdeact",1\r\n')).toBe('\r\n+QIURC: "pdpdeact",1\r\n');
  await expect.poll(() => far[0]?.destroyed || far[0]?.readableEnded).toBe(true);
  expect(await terminal.command('AT+QIACT=1')).toBe('\r\nERROR\r\n');
  expect(await terminal.command('AT+QIDEACT=1')).toBe('\r\nOK\r\n');
  expect(await terminal.command('AT+QIACT=1')).toBe('\r\nOK\r\n');
});
