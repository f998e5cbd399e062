import { createTransport } from 'nodemailer';
import { expect, onTestFinished, test } from 'vitest';
import { type Files, nodeFiles } from '../../../src/base/files.ts';
import type { StoredEvent } from '../../../src/server/mail/store/mail-store.ts';
import { mail, RawClient, runMailServer } from '../../support/mail-server.ts';

async function talk(port: number) {
  const client = RawClient.plain(port);
  await client.until(/^220 /);
  const ask = async (line: string): Promise<string> => {
    client.send(`${line}\r\n`);
    return client.until(/^\d{3} .*\r\n/m);
  };
  await ask('EHLO sender.example.net');
  return { client, ask };
}

async function bytesOf(server: Awaited<ReturnType<typeof runMailServer>>, user: string, uid: number) {
  const inbox = await server.store.mailbox(user, 'INBOX');
  const message = inbox.get(uid);
  if (!message) throw new Error(`no message ${uid}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of inbox.read(message)) chunks.push(chunk);
  return { message, text: Buffer.concat(chunks).toString('latin1') };
}

test('R1, R2: a message is stored before 250, with its trace fields, and the event carries the device id', async () => {
  const server = await runMailServer();
  const events: StoredEvent[] = [];
  server.store.onStored((event) => events.push(event));
  const { ask } = await talk(server.smtpPort);
  expect(await ask('MAIL FROM:<bert@example.org> BODY=8BITMIME')).toMatch(/^250/);
  expect(await ask('RCPT TO:<Anna+list@Example.org>')).toMatch(/^250/);
  expect(await ask('RCPT TO:<bert@example.org>')).toMatch(/^250/);
  await ask('DATA');
  const body = `${mail('bytes', 'gr\xfc\xdfe\0 and a bare\nline end')}`;
  expect(await ask(`${body}.`)).toMatch(/^250 OK: stored as/);
  const { message, text } = await bytesOf(server, 'anna', 1);
  expect(
    text.startsWith('Return-Path: <bert@example.org>\r\nReceived: from sender.example.net ([127.0.0.1])\r\n'),
  ).toBe(true);
  expect(text.endsWith(`\r\n${body}`)).toBe(true);
  expect(message.size).toBe(text.length);
  const inbox = await server.store.mailbox('anna', 'INBOX');
  expect(events).toEqual([
    {
      user: 'anna',
      mailbox: 'INBOX',
      device: 'handheld-1',
      uidvalidity: inbox.uidvalidity,
      uidnext: 2,
      count: 1,
      size: text.length,
      via: 'delivery',
    },
    expect.objectContaining({ user: 'bert', device: undefined }),
  ]);
});

test('unknown recipients are refused, nothing is relayed, SMTPUTF8 and AUTH are not offered', async () => {
  const server = await runMailServer();
  const { client, ask } = await talk(server.smtpPort);
  client.send('EHLO again\r\n');
  expect(await client.until(/^250 .*\r\n/m)).not.toMatch(/SMTPUTF8|AUTH|STARTTLS/);
  await ask('MAIL FROM:<>');
  expect(await ask('RCPT TO:<nobody@example.org>')).toMatch(/^550 No such user here/);
  expect(await ask('RCPT TO:<anna@elsewhere.example>')).toMatch(/^550/);
  expect(await ask('DATA')).toMatch(/^503/);
});

test('a message over the limit is refused while it comes in, announced or not', async () => {
  const server = await runMailServer({ smtp: { port: 0, limits: { maxSize: 50_000 } } });
  const { ask } = await talk(server.smtpPort);
  expect(await ask('MAIL FROM:<bert@example.org> SIZE=60000')).toMatch(/^552/);
  await ask('MAIL FROM:<bert@example.org>');
  await ask('RCPT TO:<anna@example.org>');
  await ask('DATA');
  expect(await ask(`${mail('large', 'x'.repeat(60_000))}.`)).toMatch(/^552/);
  expect((await server.store.mailbox('anna', 'INBOX')).messages).toEqual([]);
});

test('a disk that is full is answered 451, leaves nothing behind, and the retry is stored', async () => {
  let full = false;
  const files: Files = {
    ...nodeFiles,
    async append(path) {
      const writer = await nodeFiles.append(path);
      return {
        ...writer,
        async write(chunk) {
          if (!full) return writer.write(chunk);
          // Half a line reaches the disk.
          await writer.write(chunk.subarray(0, chunk.length >> 1));
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        },
      };
    },
  };
  const server = await runMailServer({ files });
  const transport = createTransport({ host: '127.0.0.1', port: server.smtpPort, ignoreTLS: true });
  onTestFinished(() => transport.close());
  const message = { from: 'bert@example.org', to: 'anna@example.org', subject: 'once' };
  await transport.sendMail(message);
  full = true;
  await expect(transport.sendMail(message)).rejects.toMatchObject({ responseCode: 451 });
  full = false;
  await transport.sendMail(message);
  const inbox = await server.store.mailbox('anna', 'INBOX');
  await inbox.look();
  expect(inbox.uids().toString()).toBe('1:2');
  await server[Symbol.asyncDispose]();
  const again = await runMailServer({ root: server.root });
  const { text } = await bytesOf(again, 'anna', 2);
  expect(text).toContain('Subject: once');
  expect((await again.store.mailbox('anna', 'INBOX')).uids().toString()).toBe('1:2');
});

test('a sender who goes away in the middle leaves nothing', async () => {
  const server = await runMailServer();
  const { client, ask } = await talk(server.smtpPort);
  await ask('MAIL FROM:<bert@example.org>');
  await ask('RCPT TO:<anna@example.org>');
  await ask('DATA');
  client.send(mail('half', 'y'.repeat(600_000)));
  client.socket.destroySoon();
  await client.end();
  const other = await talk(server.smtpPort);
  await other.ask('MAIL FROM:<bert@example.org>');
  await other.ask('RCPT TO:<anna@example.org>');
  await other.ask('DATA');
  await other.ask(`${mail('whole')}.`);
  const { text } = await bytesOf(server, 'anna', 1);
  expect(text).toContain('Subject: whole');
  expect((await server.store.mailbox('anna', 'INBOX')).messages).toHaveLength(1);
  await expect.poll(() => nodeFiles.list(`${server.root}/.spool`)).toEqual([]);
});
