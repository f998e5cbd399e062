import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { openDevicePasswords } from '../../../src/server/mail/device-passwords.ts';
import { LogInGuard } from '../../../src/server/mail/imap/log-in-guard.ts';
import { anna, makeCertificate, RawClient, runMailServer } from '../../support/mail-server.ts';
import { temporaryDirectory } from '../../support/room.ts';

const login = `a LOGIN anna ${anna.password}\r\n`;

/** Somebody else, as far as the server can see: all of 127.0.0.0/8 is this machine. */
const from = (localAddress: string, port: number) =>
  new RawClient(connectTcp({ port, host: '127.0.0.1', localAddress }));

/** The server sees a moment later that a client has closed. */
const soon = (work: () => Promise<unknown>) => vi.waitFor(work, { timeout: 10_000, interval: 20 });

test('one address has so many connections, and another one is still let in', async () => {
  const { imapPort } = await runMailServer({ imap: { port: 0, limits: { maxPerAddress: 2 } } });
  const clients = [from('127.0.0.1', imapPort), from('127.0.0.1', imapPort)];
  for (const client of clients) await client.until(/^\* OK/);
  expect(await from('127.0.0.1', imapPort).end()).toBe('');
  await from('127.0.0.2', imapPort).until(/^\* OK/);
  clients[0]?.send('x LOGOUT\r\n');
  await clients[0]?.end();
  await soon(() => from('127.0.0.1', imapPort).until(/^\* OK/));
});

test('one user has so many connections', async () => {
  const { imapPort } = await runMailServer({ imap: { port: 0, limits: { maxPerUser: 1 } } });
  const first = from('127.0.0.1', imapPort);
  first.send(login);
  await first.until(/^a OK/m);
  const second = from('127.0.0.2', imapPort);
  second.send(login);
  expect(await second.until(/^a .*\r\n/m)).toMatch(/^a NO \[LIMIT\]/m);
  first.send('x LOGOUT\r\n');
  await first.end();
  await soon(() => {
    second.send(login);
    return second.until(/^a OK/m, 200);
  });
});

test('those who do not log in make room for those who come later; those who have logged in stay', async () => {
  const { imapPort } = await runMailServer({ imap: { port: 0, limits: { maxStrangers: 2 } } });
  const user = from('127.0.0.1', imapPort);
  user.send(login);
  await user.until(/^a OK/m);
  const strangers = [from('127.0.0.2', imapPort)];
  await strangers[0]?.until(/^\* OK/);
  strangers.push(from('127.0.0.3', imapPort));
  await strangers[1]?.until(/^\* OK/);
  const late = from('127.0.0.4', imapPort);
  late.send(login);
  await late.until(/^a OK/m);
  expect(await strangers[0]?.end()).toMatch(/^\* BYE/m);
  expect(strangers[1]?.closed).toBe(false);
  user.send('n NOOP\r\n');
  await user.until(/^n OK/m);
});

test("a device's password that is taken back ends what it let in, at once, and nobody else's connection", async () => {
  const devicePasswords = await openDevicePasswords(join(await temporaryDirectory(), 'passwords.json'));
  const password = await devicePasswords.make('pocket-1', 'anna');
  const server = await runMailServer({ devicePasswords });
  const logIn = async (secret: string) => {
    const client = from('127.0.0.1', server.imapPort);
    client.send(`a LOGIN anna ${secret}\r\ns SELECT INBOX\r\n`);
    await client.until(/^s OK/m);
    return client;
  };
  const [device, idling, user] = [await logIn(password), await logIn(password), await logIn(anna.password)];
  idling.send('i IDLE\r\n');
  await idling.until(/^\+ /m);

  await devicePasswords.remove('pocket-1');
  server.sendAwayRevoked();
  device.send('c CREATE too-late\r\n');
  for (const client of [device, idling])
    expect(await client.end()).toMatch(/^\* BYE .*not good any more\r\n$/m);
  // One after another in an account: this comes behind what the device wanted.
  user.send('u CREATE later\r\nl LIST "" *\r\n');
  const list = await user.until(/^l .*\r\n/m);
  expect(list).toMatch(/ later\r\n/);
  expect(list).not.toContain('too-late');
});

test('each wrong password of an address waits twice as long, over all its connections, until a right one', async () => {
  const clock = new SimulatedClock();
  const guard = new LogInGuard(clock, 2_000);
  const seconds = async (work: () => Promise<unknown>) => {
    const began = clock.monotonic();
    let done = false;
    let end = began;
    const over = work().then(() => {
      done = true;
      end = clock.monotonic();
    });
    for (await nextTurn(); !done; ) await clock.advance(500);
    await over;
    return (end - began) / 1000;
  };
  const waits: number[] = [];
  for (let count = 0; count < 6; count += 1) waits.push(await seconds(() => guard.failed('192.0.2.1')));
  expect(waits).toEqual([2, 4, 8, 16, 30, 30]);
  expect(await seconds(() => guard.failed('192.0.2.2'))).toBe(2);
  // In parallel nobody gets further: the passwords are looked at one after another, and only a few wait.
  const turns = Array.from({ length: 5 }, () => guard.turn('192.0.2.1'));
  expect(await seconds(() => Promise.all(turns))).toBe(60);
  expect((await Promise.all(turns)).filter((may) => may)).toHaveLength(3);
  guard.succeeded('192.0.2.1');
  expect(await seconds(() => guard.turn('192.0.2.1'))).toBe(0);
  expect(await seconds(() => guard.failed('192.0.2.1'))).toBe(2);
  await clock.advance(3_600_000);
  expect(await seconds(() => guard.failed('192.0.2.1'))).toBe(2);
});

test('ever new addresses that guess take no more memory than ten thousand', async () => {
  const clock = new SimulatedClock();
  const guard = new LogInGuard(clock, 2_000);
  for (let count = 0; count < 10_050; count += 1) guard.failed(`2001:db8:0:${count}::/64`).catch(() => {});
  expect(guard.remembered).toBe(10_000);
});

test.each([
  ['a long line', `n NOOP ${'x'.repeat(5_000)}\r\n`, /^\* BAD|^n BAD/m],
  ['a literal', 'n LOGIN {2000}\r\n', /^n NO \[TOOBIG\]/m],
  ['many literals', `n LOGIN ${'{1+}\r\nx '.repeat(4)}\r\n`, /^n BAD/m],
  ['deep lists', `n NOOP ${'('.repeat(10)}${')'.repeat(10)}\r\n`, /^n BAD/m],
])('%s of a stranger is refused, and taken from a user up to another limit', async (_what, text, refused) => {
  const { imapPort } = await runMailServer();
  const client = RawClient.plain(imapPort);
  client.send(text);
  expect(await client.until(/^[n*] (BAD|NO).*\r\n/m)).toMatch(refused);
  client.send(login);
  await client.until(/^a OK/m);
  client.send(
    `f STATUS {5+}\r\nINBOX (MESSAGES)\r\ng SELECT INBOX\r\nh SEARCH ${'('.repeat(10)}ALL${')'.repeat(10)} SUBJECT ${'x'.repeat(5_000)}\r\n`,
  );
  expect(await client.until(/^h .*\r\n/m)).toMatch(/^f OK[\s\S]*^h OK/m);
  client.send(
    `i SEARCH ${'('.repeat(40)}ALL${')'.repeat(40)}\r\nj SEARCH SUBJECT {65537+}\r\n${'x'.repeat(65_537)}\r\n`,
  );
  expect(await client.until(/^j .*\r\n/m)).toMatch(/^i BAD[\s\S]*^j NO \[TOOBIG\]/m);
});

test('implicit TLS and STARTTLS at two ports; what lies in the clear behind STARTTLS is never answered (CVE-2011-0411)', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls, imap: { port: 0, starttlsPort: 0 } });
  const implicit = RawClient.tls(server.imapPort);
  implicit.send(login);
  await implicit.until(/^a OK/m);
  const line = connectTcp(server.imapStarttlsPort ?? 0, '127.0.0.1');
  const clear = new RawClient(line);
  expect(await clear.until(/^\* OK.*\r\n/)).toMatch(/STARTTLS LOGINDISABLED/);
  clear.send('s STARTTLS\r\ni NOOP\r\n');
  expect(await clear.until(/^s OK.*\r\n/m)).not.toMatch(/^i /m);
  line.removeAllListeners('data');
  const safe = new RawClient(connectTls({ socket: line, rejectUnauthorized: false }));
  safe.send(login);
  const answer = await safe.until(/^a OK.*\r\n/m);
  expect(answer).not.toMatch(/^i /m);
  expect(answer).not.toMatch(/STARTTLS/);
});
