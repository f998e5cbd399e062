import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { Output } from '../../../src/server/mail/imap/output.ts';
import { anna, makeCertificate, RawClient, runMailServer } from '../../support/mail-server.ts';

const login = `a LOGIN anna ${anna.password}\r\n`;
const MINUTE = 60_000;
/** The first bytes of a TLS record that announces 512 more. */
const HANDSHAKE = '\x16\x03\x01\x02\x00\x01';

interface Loris {
  readonly what: string;
  readonly tls?: 'implicit' | 'starttls';
  /** What is said at normal speed, and what the server must have answered before it becomes slow. */
  readonly says?: string;
  readonly after?: RegExp;
  /** What it repeats, a byte at a time. */
  readonly trickles: string;
  /** Simulated milliseconds between two bytes. */
  readonly every: number;
  /** Until it must be gone, simulated milliseconds. */
  readonly within: number;
}

const table: Loris[] = [
  { what: 'says nothing', trickles: '', every: 5_000, within: 1.2 * MINUTE },
  { what: 'a command', trickles: 'a LOGIN ', every: 5_000, within: 1.2 * MINUTE },
  {
    what: 'a literal of a log-in',
    says: 'a LOGIN {1000}\r\n',
    after: /^\+ /m,
    trickles: 'x',
    every: 5_000,
    within: 1.2 * MINUTE,
  },
  {
    what: 'many small commands without a log-in',
    trickles: 'a NOOP\r\n',
    every: 500,
    within: 1.2 * MINUTE,
  },
  { what: 'a TLS handshake', tls: 'implicit', trickles: HANDSHAKE, every: 5_000, within: 1.2 * MINUTE },
  {
    what: 'a TLS handshake behind STARTTLS',
    tls: 'starttls',
    says: 'a STARTTLS\r\n',
    after: /^a OK.*\r\n/m,
    trickles: HANDSHAKE,
    every: 5_000,
    within: 1.2 * MINUTE,
  },
  {
    what: 'a command after the log-in',
    says: login,
    after: /^a OK.*\r\n/m,
    trickles: 'b NOOP x',
    every: MINUTE,
    within: 32 * MINUTE,
  },
  {
    what: 'a literal after the log-in',
    says: `${login}b SELECT {500}\r\n`,
    after: /^\+ /m,
    trickles: 'x',
    every: MINUTE,
    within: 32 * MINUTE,
  },
  {
    what: 'a message of APPEND',
    says: `${login}b APPEND INBOX {100000}\r\n`,
    after: /^\+ /m,
    trickles: 'x',
    every: MINUTE,
    within: 95 * MINUTE,
  },
];

test.each(table)('a slow client ($what) is gone when its time is over', async (loris) => {
  const clock = new SimulatedClock();
  const tls = loris.tls && (await makeCertificate());
  const server = await runMailServer({ clock, tls, imap: { port: 0, tlsMode: loris.tls } });
  const client = RawClient.plain(server.imapPort);
  if (loris.tls !== 'implicit') await client.until(/^\* OK/);
  if (loris.says) client.send(loris.says);
  if (loris.after) await client.until(loris.after);
  const began = clock.monotonic();
  for (let at = 0; !client.closed; at += 1) {
    expect(clock.monotonic() - began, 'still connected').toBeLessThan(loris.within);
    const byte = loris.trickles[at % loris.trickles.length];
    if (byte !== undefined && !client.socket.destroyed) client.send(byte);
    await delay(2);
    await clock.advance(loris.every);
  }
});

test('a client that takes nothing of what it asked for is cut off after five minutes', async () => {
  const clock = new SimulatedClock();
  // The line to somebody who never reads: nothing that is written to it is ever done.
  const line = new Duplex({ read() {}, write() {} });
  const output = new Output(line, { clock, stallTimeout: 5 * MINUTE });
  let over = false;
  const written = output.bytes(Buffer.alloc(40_000)).then(() => {
    over = true;
  });
  await clock.advance(5 * MINUTE - 1);
  expect([over, line.destroyed]).toEqual([false, false]);
  await clock.advance(1);
  expect(line.destroyed).toBe(true);
  await written;
});

test('who has logged out and does not close is closed', async () => {
  const clock = new SimulatedClock();
  const server = await runMailServer({ clock });
  const line = connect({ port: server.imapPort, host: '127.0.0.1', allowHalfOpen: true });
  const client = new RawClient(line);
  client.send('a LOGOUT\r\n');
  await client.until(/^a OK/m);
  for (let seconds = 0; !client.closed; seconds += 10) {
    expect(seconds, 'still connected').toBeLessThan(7 * 60);
    await delay(2);
    // It notices by what it sends, nobody being there any more.
    if (!line.destroyed) client.send('x');
    await clock.advance(10_000);
  }
});

test('a client that is cut off in the middle is no error of the server, and nothing waits for it', async () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const server = await runMailServer({ log });
  for (const text of [
    `${login}b SELECT INBOX\r\n`,
    `${login}b IDLE\r\n`,
    `${login}b APPEND INBOX {1000}\r\nxx`,
  ]) {
    const client = RawClient.plain(server.imapPort);
    client.send(text);
    await client.until(/^(b OK|\+ ).*\r\n/m);
    client.socket.resetAndDestroy();
    await client.end();
  }
  await server[Symbol.asyncDispose]();
  expect(lines).toEqual([]);
});
