import { stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Files, nodeFiles } from '../../../src/base/files.ts';
import { mail, RawClient, runMailServer } from '../../support/mail-server.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { begin, inboxOf, talkSmtp } from '../../support/smtp-talk.ts';

const AT_PORT = { port: 0, lmtp: { host: '127.0.0.1', port: 0 } };
const HELLO = { hello: 'LHLO mta.example.org' };

test('RFC 2033 4.2: a reply for each RCPT that was taken, in their order, also for the same one twice', async () => {
  const server = await runMailServer({ smtp: AT_PORT });
  const talk = await talkSmtp(server.smtp.lmtpPort, HELLO);
  expect(talk.greeting).not.toMatch(/AUTH|STARTTLS/);
  const to = ['anna@example.org', 'nobody@example.org', 'bert@example.org', 'anna@example.org'];
  await begin(talk, 'carl@elsewhere.example', ...to);
  talk.client.send(`${mail('x')}.\r\nNOOP\r\n`);
  expect(await talk.client.until(/OK\r\n$/)).toMatch(/^(250 OK: stored as \w{16}\r\n){3}250 OK\r\n$/);
  expect(await inboxOf(server, 'anna')).toHaveLength(1);
  const [here = ''] = await inboxOf(server, 'bert');
  expect(here).toMatch(/^Return-Path: <carl@elsewhere\.example>\r\nReceived: .*\r\n\tby .* with LMTP id/);
  expect(await talk.ask('EHLO x')).toMatch(/^500/);
});

test('one whose mailbox cannot be written is answered 451, the others 250: only that one is tried again', async () => {
  let full = false;
  const files: Files = {
    ...nodeFiles,
    create: async (path) => {
      if (full && path.includes('/bert/')) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      return nodeFiles.create(path);
    },
  };
  const server = await runMailServer({ smtp: AT_PORT, files });
  const talk = await talkSmtp(server.smtp.lmtpPort, HELLO);
  await begin(talk, '', 'bert@example.org', 'anna@example.org');
  full = true;
  talk.client.send(`${mail('x')}.\r\nNOOP\r\n`);
  expect(await talk.client.until(/OK\r\n$/)).toMatch(/^451 .*\r\n250 OK: stored as \w{16}\r\n250 OK\r\n$/);
  full = false;
  await begin(talk, '', 'bert@example.org');
  expect(await talk.ask(`${mail('x')}.`)).toMatch(/^250 OK: stored/);
  expect(await inboxOf(server, 'anna')).toHaveLength(1);
  expect(await inboxOf(server, 'bert')).toHaveLength(1);
});

test('too large and loose dots are refused for each recipient', async () => {
  const server = await runMailServer({ smtp: { ...AT_PORT, limits: { maxSize: 1000 } } });
  const talk = await talkSmtp(server.smtp.lmtpPort, HELLO);
  for (const [text, code] of [
    ['x'.repeat(2000), '552'],
    ['x\n.\n', '554'],
  ]) {
    await begin(talk, '', 'bert@example.org', 'anna@example.org', 'anna@example.org');
    talk.client.send(`Subject: x\r\n\r\n${text}\r\n.\r\nNOOP\r\n`);
    expect(await talk.client.until(/OK\r\n$/)).toMatch(new RegExp(`^(${code} .*\\r\\n){3}250 OK\\r\\n$`));
  }
});

test('at a Unix socket, for owner and group; one that a crash left is taken over, another file is not', async () => {
  const path = join(await temporaryDirectory(), 'run', 'lmtp');
  const smtp = { port: 0, lmtp: { path } };
  const server = await runMailServer({ smtp });
  expect((await stat(path)).mode & 0o777).toBe(0o660);
  const client = new RawClient(connect(path));
  await client.until(/^220 .* LMTP/);
  client.send('LHLO mta\r\nMAIL FROM:<>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n');
  await client.until(/^354/m);
  client.send(`${mail('x')}.\r\n`);
  await client.until(/^250 OK: stored/m);
  expect((await inboxOf(server, 'anna'))[0]).toMatch(/^Received: from mta \(local\)/m);
  await expect(runMailServer({ smtp })).rejects.toMatchObject({ code: 'socket-in-use' });
  await server[Symbol.asyncDispose]();
  await writeFile(path, 'precious');
  await expect(runMailServer({ smtp })).rejects.toMatchObject({ code: 'socket-in-use' });
});
