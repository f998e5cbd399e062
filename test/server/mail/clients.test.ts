import { createHash } from 'node:crypto';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { expect, onTestFinished, test } from 'vitest';
import { anna, makeCertificate, RawClient, runMailServer } from '../../support/mail-server.ts';

async function login(port: number, secure: boolean): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure,
    auth: { user: 'anna', pass: anna.password },
    tls: { rejectUnauthorized: false },
    logger: false,
  });
  onTestFinished(() => client.close());
  await client.connect();
  return client;
}

async function download(client: ImapFlow, part: string) {
  const { content, meta } = await client.download('1', part);
  if (!content || !meta) throw new Error(`no part ${part}`);
  return { content, meta };
}

test('nodemailer delivers, ImapFlow reads structure, envelope, parts and attachments', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls });
  const transport = createTransport({
    host: '127.0.0.1',
    port: server.smtpPort,
    tls: { rejectUnauthorized: false },
  });
  const attachment = Buffer.alloc(300_000, 'attached ');
  await transport.sendMail({
    from: 'Bert Brünn <bert@example.org>',
    to: ['Anna <anna+news@example.org>', 'bert@example.org'],
    subject: 'Grüße',
    text: 'Plain text\nof two lines',
    html: '<p>Rich</p>',
    attachments: [{ filename: 'böse.bin', content: attachment }],
  });
  transport.close();
  const client = await login(server.imapPort, true);
  const lock = await client.getMailboxLock('INBOX');
  const message = await client.fetchOne('1', {
    envelope: true,
    bodyStructure: true,
    source: true,
    uid: true,
  });
  if (!message) throw new Error('no message');
  expect(message.envelope).toMatchObject({
    subject: 'Grüße',
    from: [{ name: 'Bert Brünn', address: 'bert@example.org' }],
    to: [{ name: 'Anna', address: 'anna+news@example.org' }, { address: 'bert@example.org' }],
  });
  expect(message.bodyStructure).toMatchObject({
    type: 'multipart/mixed',
    childNodes: [
      {
        type: 'multipart/alternative',
        childNodes: [
          { part: '1.1', type: 'text/plain' },
          { part: '1.2', type: 'text/html' },
        ],
      },
      {
        part: '2',
        type: 'application/octet-stream',
        disposition: 'attachment',
        dispositionParameters: { filename: 'böse.bin' },
      },
    ],
  });
  const { content, meta } = await download(client, '2');
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk as Buffer);
  expect(meta.filename).toBe('böse.bin');
  expect(hash.digest('hex')).toBe(createHash('sha256').update(attachment).digest('hex'));
  const text = await download(client, '1.1');
  const pieces: Buffer[] = [];
  for await (const chunk of text.content) pieces.push(chunk as Buffer);
  expect(Buffer.concat(pieces).toString()).toMatch(/^Plain text\r?\nof two lines\s*$/);
  for (const query of [
    { subject: 'grüße' },
    { body: 'TWO LINES' },
    { from: 'brünn', larger: 300_000 },
    { header: { 'X-Nothing': '' }, or: [{ seen: true }, { all: true }] },
    { sentSince: new Date('2020-01-01'), unseen: true },
  ]) {
    const expected = 'header' in query ? [] : [1];
    expect(await client.search(query, { uid: true }), JSON.stringify(query)).toEqual(expected);
  }
  lock.release();
  await client.logout();
  expect((await server.store.mailbox('bert', 'INBOX')).messages).toHaveLength(1);
});

test('ImapFlow over STARTTLS appends, flags, moves, renames and deletes', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls, imap: { port: 0, tlsMode: 'starttls' } });
  const client = await login(server.imapPort, false);
  await client.mailboxCreate('Entwürfe/Alt');
  const appended = await client.append('Entwürfe/Alt', 'Subject: draft\r\n\r\ntext\r\n', ['\\Draft']);
  expect(appended).toMatchObject({ destination: 'Entwürfe/Alt', uid: 1 });
  const lock = await client.getMailboxLock('Entwürfe/Alt');
  await client.messageFlagsAdd('1', ['\\Flagged', 'Work'], { uid: true });
  expect((await client.fetchOne('1', { flags: true }, { uid: true })) || {}).toMatchObject({
    flags: new Set(['\\Draft', '\\Flagged', '\\Recent', 'Work']),
  });
  await client.messageMove('1', 'INBOX', { uid: true });
  lock.release();
  expect(await client.status('INBOX', { messages: true, unseen: true, uidNext: true })).toMatchObject({
    messages: 1,
    unseen: 1,
    uidNext: 2,
  });
  await client.mailboxRename('Entwürfe/Alt', 'Alt');
  expect((await client.list()).map(({ path }) => path).sort()).toEqual(['Alt', 'Entwürfe', 'INBOX']);
  await client.mailboxDelete('Alt');
  await client.logout();
});

test('before STARTTLS no password is taken, and what was sent in the clear behind it is dropped', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls, imap: { port: 0, tlsMode: 'starttls' } });
  const client = RawClient.plain(server.imapPort);
  client.send(`a LOGIN anna ${anna.password}\r\n`);
  expect(await client.until(/^a .*\r\n/m)).toMatch(/LOGINDISABLED[\s\S]*a NO \[PRIVACYREQUIRED\]/);
  client.send('b STARTTLS\r\nc CREATE Injected\r\n');
  await client.until(/^b OK.*\r\n/m);
  const flow = await login(server.imapPort, false);
  expect((await flow.list()).map(({ path }) => path)).toEqual(['INBOX']);
  await flow.logout();
});
