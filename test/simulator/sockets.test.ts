import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { bench, type Terminal } from '../support/simulated-terminal.ts';

async function server(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  await once(listening, 'listening');
  return (listening.address() as AddressInfo).port;
}

async function online(hosts = {}) {
  const setting = bench({ hosts });
  const { terminal, modem } = await setting.modem();
  terminal.type('AT+NETOPEN\r');
  expect(await terminal.until('+NETOPEN: 0\r\n')).toBe('\r\nOK\r\n\r\n+NETOPEN: 0\r\n');
  await terminal.command('AT+CIPRXGET=1');
  return { ...setting, terminal, modem };
}

async function open(terminal: Terminal, link: number, host: string, port: number): Promise<string> {
  terminal.type(`AT+CIPOPEN=${link},"TCP","${host}",${port}\r`);
  return terminal.until(new RegExp(`\\+CIPOPEN: ${link},\\d+\\r\\n(\\r\\nERROR\\r\\n)?`));
}

async function send(terminal: Terminal, link: number, bytes: Buffer): Promise<string> {
  terminal.type(`AT+CIPSEND=${link},${bytes.length}\r`);
  await terminal.until('\r\n> ');
  terminal.type(bytes);
  return terminal.until(/\+CIPSEND: [^\r]+\r\n/);
}

/** Reads what is there until `count` bytes are together. */
async function receive(terminal: Terminal, link: number, count: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let have = 0; have < count; ) {
    terminal.type(`AT+CIPRXGET=2,${link},1500\r`);
    const header = await terminal.until(/\+CIPRXGET: 2,\d,(\d+),\d+\r\n|No data\r\n\r\nERROR\r\n/);
    const length = Number(/: 2,\d,(\d+)/.exec(header)?.[1] ?? 0);
    if (length === 0) continue;
    await expect.poll(() => terminal.received.length, { interval: 1 }).toBeGreaterThanOrEqual(length);
    parts.push(Buffer.from(terminal.take(length), 'latin1'));
    expect(await terminal.until('OK\r\n')).toBe('\r\n\r\nOK\r\n');
    have += length;
  }
  return Buffer.concat(parts);
}

test('bytes of every value go out and come back', async () => {
  const port = await server((socket) => socket.pipe(socket));
  const { terminal } = await online();
  expect(await open(terminal, 0, '127.0.0.1', port)).toBe('\r\nOK\r\n\r\n+CIPOPEN: 0,0\r\n');
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256));
  expect(await send(terminal, 0, bytes)).toBe('\r\nOK\r\n\r\n+CIPSEND: 0,1024,1024\r\n');
  await terminal.until('+CIPRXGET: 1,0\r\n');
  expect(await receive(terminal, 0, 1024)).toEqual(bytes);
  expect(await terminal.command('AT+CIPRXGET=4,0')).toContain('+CIPRXGET: 4,0,0');
  expect(await terminal.command('AT+CIPRXGET=2,0')).toBe('\r\n+IP ERROR: No data\r\n\r\nERROR\r\n');
});

test('hexadecimal digits on request, and how much is left', async () => {
  const port = await server((socket) => socket.write('data from server'));
  const { terminal } = await online();
  await open(terminal, 1, 'localhost', port);
  await terminal.until('+CIPRXGET: 1,1\r\n');
  expect(await terminal.command('AT+CIPRXGET=4,1')).toContain('+CIPRXGET: 4,1,16\r\n');
  expect(await terminal.command('AT+CIPRXGET=2,1,5')).toBe('\r\n+CIPRXGET: 2,1,5,11\r\ndata \r\n\r\nOK\r\n');
  expect(await terminal.command('AT+CIPRXGET=3,1,5')).toBe(
    '\r\n+CIPRXGET: 3,1,5,6\r\n66726F6D20\r\n\r\nOK\r\n',
  );
});

test('ten links at once, each with its own bytes; the lists show them', async () => {
  const port = await server((socket) => socket.pipe(socket));
  const { terminal } = await online();
  for (let link = 0; link < 10; link += 1) await open(terminal, link, '127.0.0.1', port);
  for (let link = 0; link < 10; link += 1) await send(terminal, link, Buffer.from(`link ${link}`));
  for (let link = 9; link >= 0; link -= 1) {
    expect((await receive(terminal, link, 6)).toString()).toBe(`link ${link}`);
  }
  expect(await terminal.command('AT+CIPCLOSE?')).toContain('+CIPCLOSE: 1,1,1,1,1,1,1,1,1,1');
  expect(await terminal.command('AT+CIPOPEN?')).toContain(`+CIPOPEN: 9,"TCP","127.0.0.1",${port},-1`);
  expect(await open(terminal, 3, '127.0.0.1', port)).toBe('\r\n+CIPOPEN: 3,4\r\n\r\nERROR\r\n');
});

test('closed from this side and from the far side; what came before stays readable', async () => {
  const ended: string[] = [];
  const port = await server((socket) => {
    socket.on('data', (bytes) => (bytes.toString() === 'bye' ? socket.end('last words') : undefined));
    socket.on('end', () => ended.push('end'));
  });
  const { terminal } = await online();
  await open(terminal, 0, '127.0.0.1', port);
  await open(terminal, 1, '127.0.0.1', port);
  terminal.type('AT+CIPCLOSE=0\r');
  expect(await terminal.until('+CIPCLOSE: 0,0\r\n')).toBe('\r\nOK\r\n\r\n+CIPCLOSE: 0,0\r\n');
  await expect.poll(() => ended).toEqual(['end']);
  await send(terminal, 1, Buffer.from('bye'));
  await terminal.until('+IPCLOSE: 1,1\r\n');
  expect((await receive(terminal, 1, 10)).toString()).toBe('last words');
  expect(await terminal.command('AT+CIPCLOSE=1')).toContain('+CIPCLOSE: 1,4\r\n\r\nERROR');
  expect(await terminal.command('AT+CIPSEND=1,5')).toContain('+CIPERROR: 4\r\n\r\nERROR');
});

test('a server that sends more than is read is held back', async () => {
  const total = 4_000_000;
  let written = 0;
  const port = await server((socket) => {
    socket.write(Buffer.alloc(total, 'x'));
    const watch = setInterval(() => {
      written = total - socket.writableLength;
    }, 5);
    onTestFinished(() => clearInterval(watch));
  });
  const { terminal } = await online();
  await open(terminal, 0, '127.0.0.1', port);
  await terminal.until('+CIPRXGET: 1,0\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const kept = Number(/4,0,(\d+)/.exec(await terminal.command('AT+CIPRXGET=4,0'))?.[1]);
  expect(kept).toBeLessThan(200_000);
  const some = await receive(terminal, 0, 300_000);
  expect(some.every((byte) => byte === 0x78)).toBe(true);
  expect(written).toBeLessThanOrEqual(total);
});

test.each([
  ['a name that nobody knows', 'mail.example.org', 11],
  ['an address outside this machine', '192.0.2.1', 1],
  ['a port where nobody listens', '127.0.0.1', 1],
])('refuses %s', async (_, host, error) => {
  const { terminal } = await online();
  expect(await open(terminal, 0, host, 9)).toBe(`\r\nOK\r\n\r\n+CIPOPEN: 0,${error}\r\n`);
});

test('knows the names that the network was given', async () => {
  const port = await server((socket) => socket.end('hello'));
  const { terminal, events } = await online({ 'mail.example': '127.0.0.1' });
  expect(await open(terminal, 0, 'MAIL.example', port)).toContain('+CIPOPEN: 0,0');
  await terminal.until('+IPCLOSE: 0,1');
  expect(events.at(-1)).toMatchObject({
    kind: 'disconnected',
    host: 'MAIL.example',
    bytesDown: 5,
    bytesUp: 0,
  });
});

test('the service must be open, opens once, and closes with its links', async () => {
  const { modem: make } = bench();
  const { terminal } = await make();
  expect(await terminal.command('AT+IPADDR')).toContain('+IP ERROR: Network not opened\r\n\r\nERROR');
  expect(await terminal.command('AT+CIPOPEN=0,"TCP","127.0.0.1",9')).toContain('+CIPOPEN: 0,2\r\n\r\nERROR');
  expect(await terminal.command('AT+NETCLOSE')).toContain('+NETCLOSE: 2\r\n\r\nERROR');
  terminal.type('AT+NETOPEN\r');
  await terminal.until('+NETOPEN: 0\r\n');
  expect(await terminal.command('AT+NETOPEN?')).toContain('+NETOPEN: 1');
  expect(await terminal.command('AT+IPADDR')).toMatch(/\+IPADDR: [\d.]+\r\n/);
  expect(await terminal.command('AT+NETOPEN')).toContain('+IP ERROR: Network is already opened\r\n\r\nERROR');
  terminal.type('AT+NETCLOSE\r');
  await terminal.until('+NETCLOSE: 0\r\n');
});

test('the network goes away: it says so, and far sides see the end', async () => {
  let closed = false;
  const port = await server((socket) => socket.on('close', () => (closed = true)));
  const { terminal, modem } = await online();
  await open(terminal, 0, '127.0.0.1', port);
  modem.setRegistration(0);
  await terminal.until('+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n');
  await expect.poll(() => closed).toBe(true);
  terminal.type('AT+NETOPEN\r');
  await terminal.until('+NETOPEN: 1\r\n');
});

test('without +CIPRXGET=1 received bytes are pushed out', async () => {
  const port = await server((socket) => socket.write('pushed'));
  const { terminal } = await online();
  await terminal.command('AT+CIPRXGET=0');
  await open(terminal, 0, '127.0.0.1', port);
  expect(await terminal.until('pushed\r\n')).toContain(
    `\r\nRECV FROM:127.0.0.1:${port}\r\n+IPD6\r\npushed\r\n`,
  );
});

test('data takes its round trip and its bandwidth', async () => {
  const port = await server((socket) => socket.write(Buffer.alloc(1000)));
  const { terminal, network, clock } = await online();
  network.conditions.rttMs = 600;
  network.conditions.downBitsPerSecond = 8000;
  terminal.type(`AT+CIPOPEN=0,"TCP","127.0.0.1",${port}\r`);
  await terminal.until('OK\r\n');
  const start = clock.monotonic();
  while (!terminal.received.includes('+CIPRXGET: 1,0')) await clock.advance(50);
  expect(terminal.received).toContain('+CIPOPEN: 0,0');
  expect(clock.monotonic() - start).toBeGreaterThanOrEqual(300 + 1000 + 300);
});
