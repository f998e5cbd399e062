import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBodyStructure } from '../../../src/server/mail/mime/body-structure.ts';
import { formatEnvelope } from '../../../src/server/mail/mime/envelope.ts';
import { parseHeader } from '../../../src/server/mail/mime/header.ts';
import { locate } from '../../../src/server/mail/mime/section.ts';
import { readStructure, readTopHeader } from '../../../src/server/mail/mime/structure.ts';
import { chunksOfText, mail, RawClient, runMailServer } from '../../support/mail-server.ts';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  // One buffer for all pieces, as a stream may do it.
  const shared = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(shared, 0, at, at + size);
    yield shared.subarray(0, length);
  }
}

const nested = [
  'From: a@b.c',
  'Content-Type: multipart/mixed; boundary="out er"',
  '',
  'preamble',
  '--out er',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  'first',
  '--out er \t',
  'Content-Type: message/rfc822',
  '',
  'Subject: inside',
  'Content-Type: multipart/alternative; boundary=in',
  '',
  '--in',
  '',
  'plain',
  'text',
  '--in',
  'Content-Type: text/html',
  '',
  '<p>',
  '--in--',
  'epilogue inside',
  '--out er',
  'Content-Disposition: attachment; filename="a \\"b\\".txt"',
  '--out er--',
  'epilogue',
  '',
].join('\r\n');

async function section(text: string, path: number[], kind?: 'HEADER' | 'TEXT' | 'MIME', size = 7) {
  const found = locate(await readStructure(inPieces(text, size)), { path, text: kind });
  if (!found) return undefined;
  return 'bytes' in found ? found.bytes.toString('latin1') : text.slice(found.start, found.end);
}

test('parts of a nested message are found, whatever the pieces it comes in', async () => {
  for (const size of [1, 2, 3, 64, 5_000]) {
    expect(await section(nested, [1], undefined, size)).toBe('first');
    expect(await section(nested, [2, 1], undefined, size)).toBe('plain\r\ntext');
    expect(await section(nested, [2, 2], undefined, size)).toBe('<p>');
    expect(await section(nested, [2, 2], 'MIME', size)).toBe('Content-Type: text/html\r\n\r\n');
    expect(await section(nested, [2], 'HEADER', size)).toMatch(/^Subject: inside\r\n[\s\S]*\r\n\r\n$/);
    expect(await section(nested, [3], undefined, size)).toBe('');
    expect(await section(nested, [4], undefined, size)).toBeUndefined();
    expect(await section(nested, [1], 'HEADER', size)).toBeUndefined();
  }
  expect(await section(mail('x'), [1])).toBe('Hello\r\n');
  expect(await section(mail('x'), [1, 1])).toBeUndefined();
});

test('BODYSTRUCTURE of a nested message', async () => {
  const root = await readStructure(inPieces(nested, 9));
  const inside = nested.slice(
    nested.indexOf('Subject: inside'),
    nested.indexOf('\r\n--out er\r\nContent-Disp'),
  );
  expect(formatBodyStructure(root, false)).toBe(
    '(("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "8BIT" 5 0)' +
      `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" ${inside.length} (NIL "inside" NIL NIL NIL NIL NIL NIL NIL NIL) ` +
      '(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 11 1)("TEXT" "HTML" NIL NIL NIL "7BIT" 3 0) "ALTERNATIVE") 12)' +
      '("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0) "MIXED")',
  );
  expect(formatBodyStructure(root, true)).toContain('("ATTACHMENT" ("FILENAME" "a \\"b\\".txt"))');
});

test('ENVELOPE: groups, quoted names, missing hosts, encoded words as they are, strange bytes as literals', () => {
  const header = [
    'From: "Doe, Jane" <jane@example.org>, =?utf-8?q?J=C3=BCrg?= <j@example.org>',
    'To: Friends: a@x.org, B <b@y.org>;, undisclosed-recipients:;',
    'Cc: root',
    'Subject: caf\xe9',
    ' folded',
    'Message-ID: <1@x>',
    '',
    '',
  ].join('\r\n');
  expect(formatEnvelope(parseHeader(Buffer.from(header, 'latin1')))).toBe(
    '(NIL {11}\r\ncaf\xe9 folded (("Doe, Jane" NIL "jane" "example.org")("=?utf-8?q?J=C3=BCrg?=" NIL "j" "example.org")) ' +
      '(("Doe, Jane" NIL "jane" "example.org")("=?utf-8?q?J=C3=BCrg?=" NIL "j" "example.org")) ' +
      '(("Doe, Jane" NIL "jane" "example.org")("=?utf-8?q?J=C3=BCrg?=" NIL "j" "example.org")) ' +
      '((NIL NIL "Friends" NIL)(NIL NIL "a" "x.org")("B" NIL "b" "y.org")(NIL NIL NIL NIL)(NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) ' +
      '((NIL NIL "root" "MISSING_DOMAIN")) NIL NIL "<1@x>")',
  );
});

test('whatever bytes a message has: ranges stay inside, children inside their parents, nothing throws', async () => {
  const line = fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=a',
    'Content-Type: message/rfc822',
    'Content-Type: multipart/digest; boundary=b',
    '',
    '--a',
    '--b',
    '--a--',
    'text\0text',
    ' folded',
    'Content-Type: ; = "',
  );
  const message = fc.array(fc.tuple(line, fc.constantFrom('\r\n', '\n', '\r', '')), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(message, fc.integer({ min: 1, max: 50 }), async (lines, size) => {
      const text = lines.map(([content, end]) => content + end).join('');
      const root = await readStructure(inPieces(text, size));
      const check = (part: typeof root, start: number, end: number) => {
        expect(part.headerStart).toBeGreaterThanOrEqual(start);
        expect(part.bodyStart).toBeGreaterThanOrEqual(part.headerStart);
        expect(part.end).toBeGreaterThanOrEqual(part.bodyStart);
        for (const child of part.children) check(child, part.bodyStart, end);
      };
      check(root, 0, text.length);
      expect(root.end).toBe(text.length);
      formatBodyStructure(root, true);
      const top = await readTopHeader(inPieces(text, size));
      expect(top.end).toBe(root.bodyStart);
    }),
    { numRuns: 200 },
  );
});

test('a 1 MB header line and NULs: served as they are, searched, and shown in ENVELOPE', async () => {
  const server = await runMailServer();
  const long = 'z'.repeat(1_000_000);
  const text = `Subject: ${long} needle\r\nX-Nul: a\0b\r\n\r\nbody \0 here\r\n`;
  await server.store.deliver('anna', 'INBOX', chunksOfText(text));
  const client = RawClient.plain(server.imapPort);
  client.send('a LOGIN anna secret\r\nb SELECT INBOX\r\nc UID FETCH 1 (BODY.PEEK[])\r\n');
  expect(await client.until(/^c OK/m)).toContain(`BODY[] {${text.length}}\r\n${text})`);
  client.send('d UID SEARCH SUBJECT needle HEADER X-Nul ""\r\ne UID FETCH 1 ENVELOPE\r\n');
  const answer = await client.until(/^e OK/m);
  expect(answer).toContain('* SEARCH 1\r\n');
  expect(answer).toContain(`ENVELOPE (NIL {1000007}\r\n${long} needle NIL`);
  client.send('f UID FETCH 1 (BODY.PEEK[TEXT]<2.5> BODY.PEEK[HEADER.FIELDS.NOT (Subject)])\r\n');
  expect(await client.until(/^f OK/m)).toContain(
    'BODY[TEXT]<2> {5}\r\ndy \0  BODY[HEADER.FIELDS.NOT (Subject)] {14}\r\nX-Nul: a\0b\r\n\r\n)',
  );
});
