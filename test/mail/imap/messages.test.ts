import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { MessageHead } from '../../../src/mail/session.ts';
import { UidSet } from '../../../src/mail/uid-set.ts';
import { room } from './scripted-server.ts';

const DATE = Date.UTC(2026, 0, 2, 3, 4, 5);
const HEAD = 'FLAGS (\\Seen) INTERNALDATE " 2-Jan-2026 03:04:05 +0000" RFC822.SIZE';

async function fetch(lines: string | Buffer, uids = UidSet.range(4, 9)) {
  const it = await room({
    script: ({ tag, verb }) =>
      verb === 'UID FETCH'
        ? Buffer.concat([Buffer.from(lines as string), Buffer.from(`${tag} OK\r\n`)])
        : undefined,
  });
  const session = await it.open();
  await session.select('INBOX');
  const got: [MessageHead, Buffer][] = [];
  await session.fetchMessages(uids, async (head, body) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    got.push([head, Buffer.concat(chunks)]);
  });
  return { got, session };
}

it('hands over heads and bodies in order, whatever comes in between', async () => {
  const { got } = await fetch(
    `* 4 FETCH (UID 4 ${HEAD} 3 MODSEQ (12) BODY[] {3}\r\na\0b)\r\n* 7 EXISTS\r\n* 1 EXPUNGE\r\n* 2 FETCH (FLAGS (\\Seen))\r\n` +
      `* VANISHED 77\r\n* OK [ALERT] disk\r\n* 5 FETCH (BODY[] {2}\r\nxy UID 5 ${HEAD} 2)\r\n` +
      `* 6 FETCH (UID 6 ${HEAD} 2 BODY[] "qq")\r\n* 7 FETCH (UID 7 ${HEAD} 2 BODY[] NIL)\r\n* 8 FETCH (UID 3 ${HEAD} 1 BODY[] {1}\r\nz)\r\n`,
  );
  const head = (uid: number, size: number) => ({
    uid,
    size,
    flags: ['\\Seen'],
    internalDate: DATE,
    modseq: undefined,
  });
  expect(got).toEqual([
    [{ ...head(4, 3), modseq: 12n }, Buffer.from('a\0b')],
    [head(5, 2), Buffer.from('xy')],
    [head(6, 2), Buffer.from('qq')],
  ]);
});

it('takes a header line of 1 MB with NULs and every byte as it is', async () => {
  const body = Buffer.concat([
    Buffer.from('Subject: '),
    Buffer.alloc(1_000_000, 0),
    Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
  ]);
  const { got } = await fetch(
    Buffer.concat([
      Buffer.from(`* 4 FETCH (UID 4 ${HEAD} ${body.length} BODY[] {${body.length}}\r\n`),
      body,
      Buffer.from(')\r\n'),
    ]),
  );
  expect(got[0]?.[1].equals(body)).toBe(true);
});

it('skips a body that is not read', async () => {
  const it = await room({
    script: ({ tag, verb }) =>
      verb === 'UID FETCH'
        ? `* 4 FETCH (UID 4 ${HEAD} 3 BODY[] {3}\r\nabc)\r\n* 5 FETCH (UID 5 ${HEAD} 3 BODY[] {3}\r\ndef)\r\n${tag} OK\r\n`
        : undefined,
  });
  const session = await it.open();
  const uids: number[] = [];
  await session.fetchMessages(UidSet.range(4, 5), async ({ uid }) => void uids.push(uid));
  expect(uids).toEqual([4, 5]);
});

it('ends the session at once when a message is not taken: the rest would cost air for nothing', async () => {
  const it = await room({
    script: ({ verb }) =>
      verb === 'UID FETCH'
        ? `* 4 FETCH (UID 4 ${HEAD} 3000000 BODY[] {3000000}\r\n${'x'.repeat(1000)}`
        : undefined,
  });
  const session = await it.open();
  const full = new Error('disk full');
  const fetched = session.fetchMessages(UidSet.of([4]), async () => {
    throw full;
  });
  const out = session.logout();
  await expect(fetched).rejects.toBe(full);
  await expect(out).rejects.toMatchObject({ code: 'session-lost' });
});

const STEP = 8 * 1024 * 1024;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const held = () => process.memoryUsage().external + process.memoryUsage().heapUsed;

it('streams 50 MB with flat memory and back-pressure', async () => {
  const size = 50 * 1024 * 1024;
  const block = Buffer.alloc(64 * 1024, 'mail ');
  let produced = 0;
  async function* answer(tag: string): AsyncGenerator<Buffer> {
    yield Buffer.from(`* 4 FETCH (UID 4 ${HEAD} ${size} BODY[] {${size}}\r\n`);
    for (; produced < size; produced += block.length) yield block;
    yield Buffer.from(`)\r\n${tag} OK\r\n`);
  }
  const it = await room({ script: ({ tag, verb }) => (verb === 'UID FETCH' ? answer(tag) : undefined) });
  const session = await it.open();
  const hash = createHash('sha1');
  let read = 0;
  let ahead = 0;
  let largest = 0;
  await session.fetchMessages(UidSet.of([4]), async (_head, body) => {
    collectGarbage();
    const before = held();
    for await (const chunk of body) {
      read += chunk.length;
      hash.update(chunk);
      ahead = Math.max(ahead, produced - read);
      if (Math.floor(read / STEP) === Math.floor((read - chunk.length) / STEP)) continue;
      collectGarbage();
      largest = Math.max(largest, held() - before);
    }
  });
  const expected = createHash('sha1');
  for (let at = 0; at < size; at += block.length) expected.update(block);
  expect(hash.digest('hex')).toBe(expected.digest('hex'));
  // The server can be ahead by what the buffers between hold, not by the message.
  expect(ahead).toBeLessThan(2 * 1024 * 1024);
  expect(largest).toBeLessThan(size / 2);
});

it('lists heads with Message-ID', async () => {
  const it = await room({
    script: ({ tag, verb }) =>
      verb === 'UID FETCH'
        ? `* 1 FETCH (UID 4 ${HEAD} 10 BODY[HEADER.FIELDS (MESSAGE-ID)] {31}\r\nMessage-Id:\r\n <a@b.example>\r\n\r\n)\r\n` +
          `* 2 FETCH (UID 5 ${HEAD} 11 BODY[HEADER.FIELDS (MESSAGE-ID)] {2}\r\n\r\n)\r\n* 3 FETCH (UID 9 FLAGS ())\r\n${tag} OK\r\n`
        : undefined,
  });
  const session = await it.open();
  const listed = await session.list(UidSet.range(1, 9));
  expect(listed.map(({ uid, size, messageId }) => [uid, size, messageId])).toEqual([
    [4, 10, '<a@b.example>'],
    [5, 11, undefined],
  ]);
});

it('picks replies by what they are when the server runs commands side by side', async () => {
  const waiting: string[] = [];
  const it = await room({
    script: ({ tag, verb }) => {
      if (!verb.startsWith('UID')) return undefined;
      waiting.push(tag);
      if (waiting.length < 3) return '';
      const [list, search, flags] = waiting;
      return (
        `* ESEARCH (TAG "${search}") UID ALL 1:2\r\n${search} OK\r\n* 2 FETCH (UID 2 FLAGS (b))\r\n${flags} OK\r\n` +
        `* 1 FETCH (UID 1 ${HEAD} 5 BODY[HEADER.FIELDS (MESSAGE-ID)] "")\r\n${list} OK\r\n`
      );
    },
  });
  const session = await it.open();
  const all = UidSet.range(1, 2);
  const [listed, found, flags] = await Promise.all([
    session.list(all),
    session.existing(all),
    session.fetchFlags(all),
  ]);
  expect(listed.map(({ uid }) => uid)).toEqual([1]);
  expect(found.toString()).toBe('1:2');
  expect(flags).toEqual([{ uid: 2, flags: ['b'], modseq: undefined }]);
});

it('cuts long sets into commands of one flight', async () => {
  const it = await room();
  const session = await it.open();
  it.server.flights.length = 0;
  await session.fetchFlags(UidSet.of(Array.from({ length: 3000 }, (_, at) => at * 2 + 1_000_000)));
  const lines = it.server.flights.join('').split('\r\n').slice(0, -1);
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(line.length).toBeLessThan(8192);
});

it('takes what is said of one mailbox for nothing of the next one, which was asked for in the same flight', async () => {
  let fetches = 0;
  const it = await room({
    script: ({ tag, verb }) => {
      if (verb !== 'UID FETCH') return undefined;
      fetches += 1;
      return `${fetches === 1 ? '* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n' : ''}${tag} OK\r\n`;
    },
  });
  const session = await it.open();
  const flags = ['INBOX', 'Archive'].map((mailbox) => {
    session.select(mailbox).catch(() => {});
    return session.fetchFlags(UidSet.range(1, 3));
  });
  expect(await Promise.all(flags)).toEqual([[{ uid: 1, flags: ['\\Flagged'], modseq: undefined }], []]);
});

it('knows which COPYUID is of which MOVE when the server tells both ahead of its answers', async () => {
  const tags: string[] = [];
  const it = await room({
    script: ({ tag, verb }) => {
      if (verb !== 'UID MOVE') return undefined;
      tags.push(tag);
      if (tags.length < 2) return '* OK [COPYUID 8 1:2 11:12] Moved\r\n';
      return `* OK [COPYUID 9 3 1] Moved\r\n${tags[0]} OK\r\n${tags[1]} OK\r\n`;
    },
  });
  const session = await it.open();
  await session.select('INBOX');
  const moved = [UidSet.range(1, 2), UidSet.of([3])].map((uids) => session.transfer(uids, 'Archive', 'move'));
  expect(await Promise.all(moved)).toEqual([
    {
      uidvalidity: 8,
      uids: [
        [1, 11],
        [2, 12],
      ],
    },
    { uidvalidity: 9, uids: [[3, 1]] },
  ]);
});
