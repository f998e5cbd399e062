import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow, type MessageStructureObject } from 'imapflow';
import MailComposer from 'nodemailer/lib/mail-composer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partialMessage } from '../../src/mail/partial/partial-message.ts';
import type { FetchOptions } from '../../src/mail/session.ts';
import { MAX_UID, UidSet } from '../../src/mail/uid-set.ts';
import { countingProxy } from '../support/counting-proxy.ts';
import { accountOf, type Dovecot, dovecot } from '../support/dovecot.ts';
import { shownByMutt } from '../support/mutt.ts';
import { temporaryDirectory } from '../support/room.ts';
import { sessionsAt } from '../support/sessions-at.ts';

const LIMIT = 20_000;
const TEXT = Array.from({ length: 2000 }, (_, at) => `${at} Grüße, 你好 😀.`).join('\n');
let server: Dovecot;
let large: Buffer;
const small = Buffer.from('From: a@mail.example\r\nSubject: small\r\n\r\nHello\r\n');

beforeAll(async () => {
  server = await dovecot();
  large = await new MailComposer({
    from: 'Ada <ada@mail.example>',
    to: 'bob@mail.example',
    subject: 'Größe',
    text: TEXT,
    html: `<p>${TEXT}</p>`,
    attachments: [{ filename: 'photo.jpg', content: Buffer.alloc(500_000, 'jpeg') }],
  })
    .compile()
    .build();
  await put(server.maildir, '1.large.host:2,', large);
  await put(server.maildir, '2.small.host:2,', small);
});

afterAll(() => server?.[Symbol.asyncDispose]());

/** As a Maildir keeps it, with LF. */
async function put(maildir: string, name: string, message: Buffer): Promise<void> {
  const kept = message.toString('latin1').replaceAll('\r\n', '\n');
  await writeFile(join(maildir, 'cur', name), kept, 'latin1');
}

const openSession = (port: number, profilePath: string) =>
  sessionsAt(accountOf(server, port), profilePath)(new AbortController().signal);

/** A whole session; UIDs, sizes and bytes of what came. */
async function fetchAll(port: number, profilePath: string, options?: FetchOptions) {
  await using session = await openSession(port, profilePath);
  const selected = session.select('INBOX');
  const got: { uid: number; size: number; bytes: Buffer }[] = [];
  const fetched = session.fetchMessages(
    UidSet.range(1, MAX_UID),
    async ({ uid, size }, body) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      got.push({ uid, size, bytes: Buffer.concat(chunks) });
    },
    options,
  );
  await Promise.all([selected, fetched, session.logout()]);
  return { got, roundTrips: session.cost().roundTrips };
}

test('the first bytes of a large mail and the whole of a small one come in one round trip', async () => {
  await using proxy = await countingProxy({ port: server.imaps });
  const profile = join(await temporaryDirectory(), 'server.json');
  const { got } = await fetchAll(proxy.port, profile);
  expect(got.map(({ bytes }) => bytes.length)).toEqual([large.length, small.length]);
  await proxy.idle();
  proxy.take();
  proxy.options = { latencyMs: 60 };
  const partial = await fetchAll(proxy.port, profile, { limit: LIMIT });
  await proxy.idle();
  expect(partial.got.map(({ size }) => size)).toEqual([large.length, small.length]);
  expect(partial.got[0]?.bytes.equals(large.subarray(0, LIMIT))).toBe(true);
  expect(partial.got[1]?.bytes.equals(small)).toBe(true);
  const count = proxy.take();
  process.stdout.write(
    `${large.length} and ${small.length} bytes, limit ${LIMIT}: ${count.bytesDown} bytes down, ${partial.roundTrips} round trips after TCP\n`,
  );
  // TLS, and all of IMAP.
  expect(partial.roundTrips).toBe(2);
  expect(count).toMatchObject({ connections: 1, flights: 3 });
});

/** Puts the partial copy of the large mail into a Maildir. */
async function putCopy(maildir: string): Promise<void> {
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(maildir, part), { recursive: true });
  await put(maildir, '1.copy.host:2,', partialMessage(large.subarray(0, LIMIT), large.length));
}

test('Dovecot and ImapFlow find the note and the text in a partial copy', async () => {
  await server.doveadm('mailbox', 'create', '-u', server.user, 'Copies');
  await putCopy(join(server.maildir, '.Copies'));
  const { user, password: pass, imaps: port } = server;
  const client = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: true,
    auth: { user, pass },
    tls: { ca: server.ca, servername: 'mail.example' },
    logger: false,
  });
  await client.connect();
  try {
    await client.mailboxOpen('Copies');
    const message = await client.fetchOne('1', { bodyStructure: true, envelope: true });
    if (!message) throw new Error('no message');
    expect(message.envelope).toMatchObject({ subject: 'Größe', from: [{ address: 'ada@mail.example' }] });
    const { type, childNodes = [] } = message.bodyStructure as MessageStructureObject;
    expect(type).toBe('multipart/mixed');
    expect(childNodes.map((node) => [node.type, node.disposition])).toEqual([
      ['text/plain', 'inline'],
      ['text/plain', undefined],
    ]);
    expect(await part(client, '1')).toContain(`${large.length.toLocaleString('en-GB')} bytes`);
    const text = (await part(client, '2')).replaceAll('\r\n', '\n');
    expect(text.length).toBeGreaterThan(2000);
    expect(TEXT.startsWith(text)).toBe(true);
  } finally {
    await client.logout();
  }
});

async function part(client: ImapFlow, number: string): Promise<string> {
  const { content } = await client.download('1', number);
  const chunks: Buffer[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test('mutt shows the header, the note and the text', async () => {
  const maildir = await temporaryDirectory();
  await putCopy(maildir);
  const page = await shownByMutt(maildir);
  expect(page).toMatch(/^Subject: Größe$/m);
  expect(page).toMatch(/^X-Ringpost-Partial: 20000 of \d+$/m);
  const [note, text] = [page.indexOf('This mail is large'), page.indexOf('\n0 Grüße, 你好 😀.\n1 Grüße')];
  expect(note).toBeGreaterThan(0);
  expect(text).toBeGreaterThan(note);
  expect(page).not.toContain('\ufffd');
  expect(page).not.toMatch(/unsupported|error/i);
});
