import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FetchOptions, MailSession } from '../../../src/mail/session.ts';
import { MAX_UID, UidSet } from '../../../src/mail/uid-set.ts';
import { annaAt, chunksOfText, mail, makeCertificate, runMailServer } from '../../support/mail-server.ts';
import { MemoryServer } from '../../support/memory-server.ts';
import { temporaryDirectory } from '../../support/room.ts';
import { sessionsAt } from '../../support/sessions-at.ts';
import { room } from './scripted-server.ts';

const HEAD = 'FLAGS () INTERNALDATE " 2-Jan-2026 03:04:05 +0000" RFC822.SIZE';

/** UID, size of the whole message and what came of its body, for each message. */
async function bodies(session: MailSession, options?: FetchOptions): Promise<[number, number, string][]> {
  const got: [number, number, string][] = [];
  await session.fetchMessages(
    UidSet.range(1, MAX_UID),
    async ({ uid, size }, body) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      got.push([uid, size, Buffer.concat(chunks).toString('latin1')]);
    },
    options,
  );
  return got;
}

async function scripted(reply: string) {
  const it = await room({
    script: ({ tag, verb }) => (verb === 'UID FETCH' ? `${reply}${tag} OK\r\n` : undefined),
  });
  const session = await it.open();
  await session.select('INBOX');
  return { session, sent: it.server.flights };
}

const REPLY =
  `* 1 FETCH (UID 1 ${HEAD} 3 BODY[]<0> {3}\r\na\0b)\r\n* 2 FETCH (BODY[]<0> {5}\r\nlarge UID 2 ${HEAD} 900)\r\n` +
  `* 3 FETCH (UID 3 ${HEAD} 900 BODY[]<0> "quote")\r\n* 4 FETCH (UID 4 ${HEAD} 9 BODY[]<0> NIL)\r\n` +
  `* 5 FETCH (UID 5 ${HEAD} 9 BODY[]<5> {4}\r\nrest)\r\n* 6 FETCH (UID 6 ${HEAD} 6 BODY[] {6}\r\nwhole!)\r\n` +
  `* 7 FETCH (UID 7 ${HEAD} 0 BODY[]<0> "")\r\n`;

it('asks for the first bytes of each message, and takes them as literal or quoted string, first or last', async () => {
  const { session, sent } = await scripted(REPLY);
  expect(await bodies(session, { limit: 5 })).toEqual([
    [1, 3, 'a\0b'],
    [2, 900, 'large'],
    [3, 900, 'quote'],
    [6, 6, 'whole!'],
    [7, 0, ''],
  ]);
  expect(sent.at(-1)).toMatch(
    /UID FETCH 1:4294967295 \(UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ BODY.PEEK\[\]<0.5>\)\r\n$/,
  );
});

it('never takes a part that it did not ask for as a whole message', async () => {
  const { session, sent } = await scripted(REPLY);
  expect(await bodies(session)).toEqual([[6, 6, 'whole!']]);
  expect(sent.at(-1)).toContain('BODY.PEEK[])');
});

const LARGE = mail('large', 'y'.repeat(5000));
const SMALL = mail('small');

it('gets exactly that from the embedded server', async () => {
  const tls = await makeCertificate();
  const server = await runMailServer({ tls });
  for (const text of [LARGE, SMALL]) await server.store.deliver('anna', 'INBOX', chunksOfText(text));
  const open = sessionsAt(annaAt(server.imapPort, tls.cert), join(await temporaryDirectory(), 'server.json'));
  await using session = await open(new AbortController().signal);
  await session.select('INBOX');
  await expectFirstBytes(session);
});

it('gets the same from the server in memory', async () => {
  const server = new MemoryServer();
  for (const text of [LARGE, SMALL]) server.mailbox('INBOX').add(text);
  await using session = await server.open();
  await session.select('INBOX');
  await expectFirstBytes(session);
  expect(server.log).toContain('FETCH 1:4294967295 BODY<0.1000>');
});

/** With what the server put before the messages, if anything, as a fetch without a limit has it. */
async function expectFirstBytes(session: MailSession): Promise<void> {
  const [large, small] = await bodies(session);
  expect(large?.[2].length).toBeGreaterThanOrEqual(LARGE.length);
  expect(await bodies(session, { limit: 1000 })).toEqual([
    [1, large?.[1], large?.[2].slice(0, 1000)],
    [2, small?.[1], small?.[2]],
  ]);
}
