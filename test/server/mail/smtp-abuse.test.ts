import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFiles } from '../../../src/base/files.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import type { SmtpLimits } from '../../../src/server/mail/smtp/limits.ts';
import { mail, RawClient, runMailServer } from '../../support/mail-server.ts';
import { begin, inboxOf, plainToken, talkSmtp, withSmarthost } from '../../support/smtp-talk.ts';

const MINUTE = 60_000;

async function limited(limits: Partial<SmtpLimits>) {
  return runMailServer({ smtp: { port: 0, limits } });
}

/** On simulated time; `until` lets it pass a second at a time until the answer is there. */
async function onSimulatedTime(limits: Partial<SmtpLimits> = {}) {
  const clock = new SimulatedClock(Date.UTC(2026, 0, 1));
  const smtp = { port: 0, limits };
  const { server } = await withSmarthost({ clock, smtp });
  const passing = async <T>(answer: Promise<T>): Promise<number> => {
    const begun = clock.monotonic();
    let isThere = false;
    const noted = answer.finally(() => {
      isThere = true;
    });
    for (; !isThere; await new Promise(setImmediate)) await clock.advance(250);
    await noted;
    return clock.monotonic() - begun;
  };
  return { server, clock, passing };
}

test.each([
  ['LF.LF', 'one\n.\n'],
  ['LF.CRLF', 'one\n.\r\n'],
  ['CRLF.LF', 'one\r\n.\n'],
  ['CR.CR', 'one\r.\r'],
  ['CR.CRLF', 'one\r.\r\n'],
  ['CRLF.CR', 'one\r\n.\rx'],
  ['.LF at the beginning', ''],
])('SMTP smuggling by %s: nothing of it is a command, nothing is stored, and it says why', async (_, end) => {
  const server = await runMailServer();
  const talk = await talkSmtp(server.smtpPort);
  await begin(talk, 'eve@elsewhere.example', 'anna@example.org');
  const inner = `MAIL FROM:<admin@example.org>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n${mail('smuggled')}`;
  const outer = end === '' ? '.\n' : `Subject: outer\r\n\r\n${end}`;
  expect(await talk.ask(`${outer}${inner}.`)).toMatch(/^554 .*CRLF/);
  expect(await talk.ask('NOOP')).toMatch(/^250 OK\r\n$/);
  expect(await inboxOf(server, 'anna')).toEqual([]);
});

test.each(['\r\n..\r\n', '\na dot. \n', '.x\r\n', '\r\n.\r\n.\r\n'.replaceAll('.', '..')])(
  'what only looks like it is stored byte for byte: %j, in one piece and in many',
  async (text) => {
    const server = await runMailServer();
    const talk = await talkSmtp(server.smtpPort);
    const raw = `Subject: x\r\n\r\n${text}end\r\n`;
    await begin(talk, '', 'anna@example.org');
    await talk.ask(`${raw}.`);
    await begin(talk, '', 'anna@example.org');
    talk.client.socket.setNoDelay(true);
    for (const one of raw) {
      talk.client.send(one);
      await new Promise(setImmediate);
    }
    expect(await talk.ask('.')).toMatch(/^250/);
    const stored = (await inboxOf(server, 'anna')).map((whole) => whole.slice(whole.indexOf('Subject')));
    const plain = raw.replaceAll('\r\n..', '\r\n.');
    expect(stored).toEqual([plain, plain]);
  },
);

test('a dictionary of names: slower from the fourth on, away at the tenth', async () => {
  const { server, passing } = await onSimulatedTime();
  const { client, ask } = await talkSmtp(server.smtpPort);
  await ask('MAIL FROM:<>');
  for (const name of ['a', 'b', 'c']) expect(await ask(`RCPT TO:<${name}@example.org>`)).toMatch(/^550/);
  for (const name of ['d', 'e', 'f', 'g', 'h', 'i'])
    expect(await passing(ask(`RCPT TO:<${name}@example.org>`))).toBeGreaterThanOrEqual(2000);
  client.send('RCPT TO:<anna@example.org>\r\nRCPT TO:<k@example.org>\r\n');
  await passing(client.end());
  expect(client.received).toMatch(/^250 Accepted\r\n421 Too many refused/m);
});

test('the same from one address, whoever of its connections: refused until the time is over', async () => {
  const { server, clock } = await onSimulatedTime({ maxRefusalsPerAddress: 3 });
  for (const name of ['a', 'b', 'c']) {
    const { ask } = await talkSmtp(server.smtpPort);
    await ask('MAIL FROM:<>');
    await ask(`RCPT TO:<${name}@example.org>`);
  }
  const out = RawClient.plain(server.smtpPort);
  expect(await out.end()).toMatch(/^421 Too many refused recipients from your address/);
  await clock.advance(15 * MINUTE);
  expect((await talkSmtp(server.smtpPort)).greeting).toMatch(/^250/);
});

test('wrong passwords: each takes its time, the third is the last, and the address is out for a while', async () => {
  const { server, clock, passing } = await onSimulatedTime({ maxFailedLoginsPerAddress: 4 });
  const logIn = (password: string) => `AUTH PLAIN ${plainToken('anna', password)}`;
  const tries = async (count: number) => {
    const talk = await talkSmtp(server.smtp.submissionsPort, { tls: true });
    let last = Promise.resolve('');
    for (let n = 0; n < count; n += 1) {
      last = talk.ask(logIn(`wrong ${n}`));
      expect(await passing(last)).toBeGreaterThanOrEqual(2000);
    }
    return last;
  };
  expect(await tries(3)).toMatch(/^421 Too many failed log-ins/);
  expect(await tries(1)).toMatch(/^535/);
  const late = await talkSmtp(server.smtp.submissionsPort, { tls: true });
  expect(await late.ask(logIn('secret'))).toMatch(/^421 .*from your address/);
  await clock.advance(15 * MINUTE);
  const again = await talkSmtp(server.smtp.submissionsPort, { tls: true });
  expect(await again.ask(logIn('secret'))).toMatch(/^235/);
});

test('slow-loris: commands that lead nowhere hold a connection for five minutes, bytes of one no longer', async () => {
  const { server, clock } = await onSimulatedTime();
  const idle = await talkSmtp(server.smtpPort);
  const trickling = await talkSmtp(server.smtpPort);
  const working = await talkSmtp(server.smtpPort);
  for (let minute = 0; minute < 4; minute += 1) {
    await clock.advance(MINUTE);
    expect(await idle.ask('NOOP')).toMatch(/^250/);
    trickling.client.send('M');
    expect(await working.ask('RSET')).toMatch(/^250/);
    expect(await working.ask('MAIL FROM:<>')).toMatch(/^250/);
  }
  await clock.advance(MINUTE);
  expect(await idle.client.end()).toMatch(/^421 Timeout/);
  expect(await trickling.client.end()).toMatch(/^421 Timeout/);
  expect(await working.ask('NOOP')).toMatch(/^250/);
});

test('slow-loris: a message that trickles in is over after five minutes, one of a slow radio is not', async () => {
  const { server, clock } = await onSimulatedTime({ minRate: 100 });
  const slow = await talkSmtp(server.smtpPort);
  const radio = await talkSmtp(server.smtpPort);
  await begin(slow, '', 'anna@example.org');
  await begin(radio, '', 'anna@example.org');
  // So much of it is here that it has a file.
  radio.client.send(`Subject: radio\r\n\r\n${`${'y'.repeat(98)}\r\n`.repeat(3000)}`);
  await expect.poll(() => nodeFiles.list(join(server.root, '.spool'))).toHaveLength(1);
  for (let minute = 0; minute < 6; minute += 1) {
    slow.client.send('x');
    await clock.advance(MINUTE);
  }
  expect(await slow.client.end()).toMatch(/^421 The message comes in too slowly/);
  expect(await radio.ask('.')).toMatch(/^250/);
  expect(await inboxOf(server, 'anna')).toHaveLength(1);
});

test('slow-loris: a TLS handshake that never ends is cut off, and one address has not all of them', async () => {
  const { server, clock } = await onSimulatedTime({ maxConnectionsPerAddress: 2 });
  const port = server.smtp.submissionsPort;
  const [first, second] = [RawClient.plain(port), RawClient.plain(port)];
  const connected = ({ socket }: RawClient) => expect.poll(() => socket.connecting).toBe(false);
  await Promise.all([first, second].map(connected));
  // The first bytes of a ClientHello, then one now and then.
  first.send('\x16\x03\x01');
  expect(await RawClient.plain(port).end()).toBe('');
  for (let minute = 0; minute < 4; minute += 1) {
    await clock.advance(MINUTE);
    first.send('\x01');
  }
  expect([first.closed, second.closed]).toEqual([false, false]);
  await clock.advance(MINUTE);
  await Promise.all([first.end(), second.end()]);
  expect((await talkSmtp(port, { tls: true })).greeting).toMatch(/^250/);
});

test('so many connections of one address, and in all; a line without end; a recipient too many', async () => {
  const few = await limited({ maxConnectionsPerAddress: 2 });
  await talkSmtp(few.smtpPort);
  const second = await talkSmtp(few.smtpPort);
  expect(await RawClient.plain(few.smtpPort).end()).toMatch(/^421 Too many connections from your address/);
  second.client.socket.destroy();
  await expect.poll(async () => RawClient.plain(few.smtpPort).until(/^220/)).toMatch(/^220/);

  const { smtpPort } = await limited({ maxConnections: 1, maxRecipients: 1 });
  const { client, ask } = await talkSmtp(smtpPort);
  expect(await RawClient.plain(smtpPort).end()).toMatch(/^421 .*Too many connected clients/);
  await ask('MAIL FROM:<>');
  await ask('RCPT TO:<anna@example.org>');
  expect(await ask('RCPT TO:<bert@example.org>')).toMatch(/^452/);
  expect(await ask('VRFY anna')).toMatch(/^252/);
  for (const joke of ['EXPN anna', 'WIZ x', 'SHELL', 'KILL']) expect(await ask(joke)).toMatch(/^500/);
  client.send(`NOOP ${'x'.repeat(5000)}`);
  expect(await client.end()).toMatch(/^421 .*too long/);
});
