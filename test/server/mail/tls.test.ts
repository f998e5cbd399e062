import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { anna, chunksOfText, mail, makeCertificate, runMailServer } from '../../support/mail-server.ts';

/** Sends everything as soon as TLS is up, before the greeting was read. */
async function flight(port: number, ca: string, text: string, session?: Buffer) {
  const line = connectTcp(port, '127.0.0.1');
  const socket: TLSSocket = connect({ socket: line, ca, servername: 'localhost', session });
  onTestFinished(() => {
    socket.destroy();
  });
  let ticket: Buffer | undefined;
  let received = '';
  let resumed: boolean | undefined;
  socket.on('secureConnect', () => {
    resumed = socket.isSessionReused();
  });
  socket.on('session', (fresh) => {
    ticket = fresh;
  });
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.write(text);
  await new Promise<void>((resolve, reject) => socket.on('error', reject).on('close', () => resolve()));
  return { received, ticket, resumed, bytesRead: line.bytesRead };
}

test('a sync with no change: TLS resumed, one flight before the greeting, under 1.6 kB down', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls });
  const inbox = await server.store.mailbox('anna', 'INBOX');
  const read = () => chunksOfText(mail('x'));
  const messages = Array.from({ length: 500 }, () => ({
    read,
    flags: ['\\Seen'],
    internalDate: systemClock.now(),
  }));
  await inbox.add(messages);
  const commands =
    `a LOGIN anna ${anna.password}\r\nb ENABLE QRESYNC\r\n` +
    `c SELECT INBOX (QRESYNC (${inbox.uidvalidity} ${inbox.highestModseq}))\r\n` +
    'd UID FETCH 501:4294967295 (UID FLAGS MODSEQ BODY.PEEK[])\r\ne LOGOUT\r\n';
  const first = await flight(server.imapPort, tls.cert, commands);
  expect(first.resumed).toBe(false);
  const second = await flight(server.imapPort, tls.cert, commands, first.ticket);
  expect(second.resumed).toBe(true);
  const tagged = second.received.split('\r\n').filter((line) => /^[a-e] /.test(line));
  expect(tagged.map((line) => line.slice(0, 4))).toEqual(['a OK', 'b OK', 'c OK', 'd OK', 'e OK']);
  expect(second.received).toContain('* 500 EXISTS');
  expect(second.received).not.toContain('FETCH (');
  expect(second.received.length).toBeLessThan(1_000);
  expect(second.bytesRead).toBeGreaterThan(second.received.length);
  expect(second.bytesRead).toBeLessThan(1_600);
});
