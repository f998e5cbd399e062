import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { hashPassword } from '../../../src/server/mail/password-hash.ts';
import { makeUsers } from '../../../src/server/mail/users.ts';
import { anna, chunksOfText, mail, RawClient, runMailServer } from '../../support/mail-server.ts';

/** Simulated time goes on, `step` milliseconds at a time, until the promise settles. */
async function whileTimePasses<T>(clock: SimulatedClock, promise: Promise<T>, step = 1_000): Promise<T> {
  let over = false;
  const done = promise.finally(() => {
    over = true;
  });
  done.catch(() => {});
  while (!over) {
    await clock.advance(step);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return done;
}

test('somebody who does not log in is sent away after a minute, however busily', async () => {
  const clock = new SimulatedClock();
  const server = await runMailServer({ clock });
  const client = RawClient.plain(server.imapPort);
  await client.until(/^\* OK/);
  client.send('a NOOP\r\nb LOGIN an');
  const began = clock.monotonic();
  expect(await whileTimePasses(clock, client.end())).toMatch(/a OK[\s\S]*\* BYE Nothing came for too long/);
  expect(clock.monotonic() - began).toBeGreaterThanOrEqual(59_000);
});

test('mail that another program puts into the Maildir is noticed, with nobody connected', async () => {
  const clock = new SimulatedClock();
  const server = await runMailServer({ clock });
  const told = new Promise((resolve) => server.store.onStored(resolve));
  await writeFile(join(server.root, 'anna', 'new', '1.other.host'), 'Subject: dropped\n\ntext\n');
  expect(await whileTimePasses(clock, told, 5_000)).toMatchObject({
    device: 'handheld-1',
    via: 'found',
    count: 1,
  });
});

test('a client that has logged in may be silent for half an hour, and no longer', async () => {
  const clock = new SimulatedClock();
  const server = await runMailServer({ clock });
  const client = RawClient.plain(server.imapPort);
  client.send(`a LOGIN anna ${anna.password}\r\nb SELECT INBOX\r\nc IDLE\r\n`);
  await client.until(/^\+ idling/m);
  const began = clock.monotonic();
  expect(await whileTimePasses(clock, client.end(), 30_000)).toMatch(/\* BYE/);
  expect(clock.monotonic() - began).toBeGreaterThanOrEqual(29 * 60_000);
});

test('wrong passwords are answered slowly, alike for unknown users, and three times only', async () => {
  const clock = new SimulatedClock();
  const users = [{ ...anna, password: await hashPassword('secret') }];
  const server = await runMailServer({ clock, users, imap: { port: 0, limits: { loginTimeout: 1e9 } } });
  const client = RawClient.plain(server.imapPort);
  const bad = Buffer.from('\0anna\0bad').toString('base64');
  client.send(`a LOGIN anna wrong\r\nb LOGIN nobody secret\r\nc AUTHENTICATE PLAIN ${bad}\r\nd NOOP\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(client.received).not.toMatch(/^a /m);
  const answers = await whileTimePasses(clock, client.end());
  const refusals = answers.split('\r\n').filter((line) => /^[a-d] /.test(line));
  expect(refusals).toEqual(
    ['a', 'b', 'c'].map((tag) => `${tag} NO [AUTHENTICATIONFAILED] User name or password is wrong`),
  );
});

test('AUTHENTICATE PLAIN with and without an initial response, against a scrypt hash', async () => {
  const users = [{ ...anna, password: await hashPassword('pässword') }];
  const server = await runMailServer({ users });
  const response = Buffer.from('\0anna\0pässword').toString('base64');
  const client = RawClient.plain(server.imapPort);
  client.send('a AUTHENTICATE PLAIN\r\n');
  await client.until(/^\+ \r\n/m);
  client.send(`${response}\r\n`);
  expect(await client.until(/^a .*\r\n/m)).toMatch(/^a OK/);
  const other = RawClient.plain(server.imapPort);
  other.send(`a AUTHENTICATE PLAIN ${response}\r\nb LOGOUT\r\n`);
  expect(await other.end()).toMatch(/^a OK[\s\S]*^b OK/m);
  expect(() => makeUsers([{ ...anna, password: 'scrypt$3$x' }])).toThrow(/no scrypt\$N/);
});

test('too many connections: the next one is not served', async () => {
  const server = await runMailServer({ imap: { port: 0, limits: { maxConnections: 1 } } });
  const first = RawClient.plain(server.imapPort);
  await first.until(/^\* OK/);
  expect(await RawClient.plain(server.imapPort).end()).toBe('');
});

test('a client that does not read what it asked for holds up nobody else', async () => {
  const server = await runMailServer();
  const large = mail('large', 'x'.repeat(76).concat('\r\n').repeat(60_000));
  await server.store.deliver('anna', 'INBOX', chunksOfText(large));
  const lazy = RawClient.plain(server.imapPort);
  lazy.socket.pause();
  lazy.send(
    `a LOGIN anna ${anna.password}\r\nb SELECT INBOX\r\n${'c UID FETCH 1 BODY.PEEK[]\r\n'.repeat(10)}`,
  );
  const other = RawClient.plain(server.imapPort);
  other.send(
    `a LOGIN anna ${anna.password}\r\nb SELECT INBOX\r\nc UID STORE 1 +FLAGS (\\Seen)\r\nd LOGOUT\r\n`,
  );
  expect(await other.end()).toMatch(/^c OK/m);
  await server.store.deliver('anna', 'INBOX', chunksOfText(mail('small')));
});
