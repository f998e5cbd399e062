import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDevicePasswords } from '../../../src/server/mail/device-passwords.ts';
import { mail, runMailServer } from '../../support/mail-server.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { begin, inboxOf, mailer, plainToken, talkSmtp, withSmarthost } from '../../support/smtp-talk.ts';

const NOTE = { from: 'anna@example.org', subject: 'Note', text: 'Hello' };

test('one mail to somebody here and somebody elsewhere: each gets it once, with one Message-ID, and the queue is empty', async () => {
  const { server, smarthost, directory } = await withSmarthost();
  const to = ['bert@example.org', 'Bert+x@example.org', 'carl@elsewhere.example', 'dora@elsewhere.example'];
  await mailer(server).sendMail({ ...NOTE, to });
  await expect.poll(() => smarthost.received.length).toBe(1);
  const [far] = smarthost.received;
  expect(far).toMatchObject({
    from: 'anna@example.org',
    to: ['carl@elsewhere.example', 'dora@elsewhere.example'],
  });
  const [near = '', ...more] = await inboxOf(server, 'bert');
  expect(more).toEqual([]);
  expect(near).toBe(`Return-Path: <anna@example.org>\r\n${far?.text}`);
  expect(near).toMatch(/^Received: from .*\r\n\tby mail\.example\.org with ESMTPSA id [0-9a-f]{16};\r$/m);
  await expect.poll(() => readdir(directory)).toEqual([]);
  expect(server.smtp.queue?.length).toBe(0);
});

test.each([
  ['neither', '', /^Date: .*\r\nMessage-ID: <[0-9a-f-]{36}@example\.org>\r\nSubject: x/m],
  ['a date', 'Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n', /^Message-ID: <.*>\r\nDate: Thu, 1 Jan 2026/m],
  ['an id', 'message-id: <mine@example.org>\r\n', /^Date: .*\r\nmessage-id: <mine@example\.org>/m],
])(
  'RFC 6409 8.2, 8.3: of Date and Message-ID it adds what is missing (%s is there), and changes nothing',
  async (_, fields, whole) => {
    const { server, smarthost } = await withSmarthost();
    const talk = await talkSmtp(server.smtp.submissionsPort, { tls: true });
    expect(await talk.ask(`AUTH PLAIN ${plainToken('anna', 'secret')}`)).toMatch(/^235/);
    await begin(talk, 'anna+tag@example.org', 'carl@elsewhere.example');
    const written = `${fields}Subject: x\r\nBcc: eve@elsewhere.example\r\n\r\ngr\xfc\xdfe\r\n..\r\n`;
    expect(await talk.ask(`${written.replace('\r\n..', '\r\n...')}.`)).toMatch(
      /^250 OK: queued as [0-9a-f]{16}/,
    );
    await expect.poll(() => smarthost.received.length).toBe(1);
    const text = smarthost.received[0]?.text ?? '';
    expect(text.match(/^Date:/gim)).toHaveLength(1);
    expect(text.match(/^Message-ID:/gim)).toHaveLength(1);
    expect(text).toMatch(whole);
    expect(text).toContain('Bcc: eve');
    expect(text.endsWith('\r\n..\r\n')).toBe(true);
  },
);

test('AUTH is offered under TLS only, and without it nothing is taken', async () => {
  const { server } = await withSmarthost();
  const { ask, greeting } = await talkSmtp(server.smtp.submissionPort);
  expect(greeting).toMatch(/STARTTLS/);
  expect(greeting).not.toMatch(/AUTH|DSN|REQUIRETLS|SMTPUTF8/);
  expect(await ask(`AUTH PLAIN ${plainToken('anna', 'secret')}`)).toMatch(/^500/);
  expect(await ask('MAIL FROM:<anna@example.org>')).toMatch(/^530/);
  const secure = await talkSmtp(server.smtp.submissionsPort, { tls: true });
  expect(secure.greeting).toMatch(/AUTH PLAIN LOGIN/);
  expect(await secure.ask('MAIL FROM:<anna@example.org>')).toMatch(/^530/);
  expect(await secure.ask('RCPT TO:<carl@elsewhere.example>')).toMatch(/^503/);
});

test('AUTH LOGIN works; a user sends as one of their own addresses, or as nobody', async () => {
  const { server } = await withSmarthost();
  const { ask } = await talkSmtp(server.smtp.submissionsPort, { tls: true });
  await ask('AUTH LOGIN');
  await ask(Buffer.from('anna').toString('base64'));
  expect(await ask(Buffer.from('secret').toString('base64'))).toMatch(/^235/);
  expect(await ask('MAIL FROM:<bert@example.org>')).toMatch(/^550 .*none of your addresses/);
  expect(await ask('MAIL FROM:<anna@elsewhere.example>')).toMatch(/^550/);
  expect(await ask('MAIL FROM:<>')).toMatch(/^250/);
  expect(await ask('RSET')).toMatch(/^250/);
  expect(await ask('MAIL FROM:<ANNA@example.org>')).toMatch(/^250/);
  expect(await ask('RCPT TO:<nobody@example.org>')).toMatch(/^550 .*No such user here/);
  expect(await ask('MAIL FROM:<anna@example.org> SMTPUTF8')).toMatch(/^503/);
});

test("a device's own password submits, until it is taken back", async () => {
  const devicePasswords = await openDevicePasswords(join(await temporaryDirectory(), 'passwords.json'));
  const pass = await devicePasswords.make('handheld-1', 'anna');
  const { server } = await withSmarthost({ devicePasswords });
  const send = () => mailer(server, { pass }).sendMail({ ...NOTE, to: 'bert@example.org' });
  await send();
  await expect.poll(() => inboxOf(server, 'bert')).toHaveLength(1);
  const open = await talkSmtp(server.smtp.submissionsPort, { tls: true });
  expect(await open.ask(`AUTH PLAIN ${plainToken('anna', pass)}`)).toMatch(/^235/);
  await devicePasswords.remove('handheld-1');
  expect(await open.ask('MAIL FROM:<anna@example.org>')).toMatch(/^421 .*not good any more/);
  await expect(send()).rejects.toMatchObject({ responseCode: 535 });
});

test('without a smarthost there is nobody but those here, and that is said', async () => {
  const { server } = await withSmarthost({ submission: { smarthost: undefined } });
  await mailer(server).sendMail({ ...NOTE, to: 'bert@example.org' });
  await expect.poll(() => inboxOf(server, 'bert')).toHaveLength(1);
  await expect(mailer(server).sendMail({ ...NOTE, to: 'carl@elsewhere.example' })).rejects.toMatchObject({
    response: expect.stringMatching(/^550 .*no smarthost is configured/),
  });
});

test('a stolen password is no open relay: so many recipients within an hour, all connections together', async () => {
  const { server } = await withSmarthost({ smtp: { port: 0, limits: { maxRecipientsPerHour: 2 } } });
  await mailer(server).sendMail({ ...NOTE, to: 'bert@example.org' });
  const talk = await talkSmtp(server.smtp.submissionsPort, { tls: true });
  await talk.ask(`AUTH PLAIN ${plainToken('anna', 'secret')}`);
  await talk.ask('MAIL FROM:<anna@example.org>');
  expect(await talk.ask('RCPT TO:<carl@elsewhere.example>')).toMatch(/^250/);
  expect(await talk.ask('RCPT TO:<dora@elsewhere.example>')).toMatch(/^452 .*within an hour/);
});

test('a queue that is full says so, and what it took it keeps', async () => {
  const { server, smarthost } = await withSmarthost({ submission: { queue: { maxMessages: 1 } } });
  smarthost.manners.recipient = () => 450;
  await mailer(server).sendMail({ ...NOTE, to: 'carl@elsewhere.example' });
  await expect(mailer(server).sendMail({ ...NOTE, to: 'carl@elsewhere.example' })).rejects.toMatchObject({
    responseCode: 452,
  });
  expect(server.smtp.queue?.length).toBe(1);
});

test('the port for other servers takes no password and relays nothing, whoever asks', async () => {
  const { server } = await withSmarthost();
  const { ask } = await talkSmtp(server.smtpPort);
  expect(await ask(`AUTH PLAIN ${plainToken('anna', 'secret')}`)).toMatch(/^500/);
  await ask('MAIL FROM:<anna@example.org>');
  expect(await ask('RCPT TO:<carl@elsewhere.example>')).toMatch(/^550/);
  expect(await ask('RCPT TO:<carl%elsewhere.example@example.org>')).toMatch(/^550/);
  expect(await ask('RCPT TO:<@example.org:carl@elsewhere.example>')).toMatch(/^550/);
  expect(await ask('DATA')).toMatch(/^503/);
});

test('postmaster, alone or with a domain of ours, is the first user unless another is named; a catch-all takes the rest', async () => {
  const users = [
    { name: 'anna', password: 'secret', addresses: ['anna@example.org', 'anna@bücher.example'] },
    { name: 'bert', password: 'hush', addresses: ['bert@example.org', '*@example.net'] },
  ];
  const send = async (port: number, to: string) => {
    const talk = await talkSmtp(port);
    await begin(talk, '', to);
    return talk.ask(`${mail('x')}.`);
  };
  const first = await runMailServer({ users });
  for (const to of ['Postmaster', 'POSTMASTER@example.net', 'anna@xn--bcher-kva.example'])
    expect(await send(first.smtpPort, to)).toMatch(/^250/);
  const stranger = await talkSmtp(first.smtpPort);
  await stranger.ask('MAIL FROM:<>');
  expect(await stranger.ask('RCPT TO:<postmaster@elsewhere.example>')).toMatch(/^550/);
  expect(await inboxOf(first, 'anna')).toHaveLength(3);
  const named = await runMailServer({ users, postmaster: 'bert' });
  await send(named.smtpPort, 'postmaster');
  await send(named.smtpPort, 'anything@example.net');
  expect(await inboxOf(named, 'bert')).toHaveLength(2);
});
