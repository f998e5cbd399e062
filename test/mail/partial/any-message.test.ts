import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPartial } from '../../../src/mail/partial/marker.ts';
import { partialMessage } from '../../../src/mail/partial/partial-message.ts';
import { parsed, shown } from './parsed.ts';

/** More than a note, a mark and the delimiters need. */
const MOST_MORE = 2048;

/** A valid message of the size that it may have, whatever it was made of. */
async function expectValid(start: Buffer, size: number) {
  const message = partialMessage(start, size);
  expect(message.length).toBeLessThanOrEqual(start.length + MOST_MORE);
  expect(isPartial(message)).toBe(true);
  const it = await parsed(message);
  expect(it.text).not.toMatch(/\0|\r(?!\n)|(?<!\r)\n/);
  const header = it.text.slice(0, it.text.indexOf('\r\n\r\n'));
  for (const line of header.split('\r\n')) expect(line).toMatch(/^(?:[!-9;-~]+[ \t]*:|[ \t]+[^ \t])/);
  const names = it.root.fields.map(({ name }) => name.toLowerCase());
  for (const name of ['mime-version', 'content-type', 'x-ringpost-partial'])
    expect(names.filter((one) => one === name)).toHaveLength(1);
  expect(it.root.contentType.value).toBe('multipart/mixed');
  expect([1, 2]).toContain(it.root.children.length);
  expect(it.bodies[0]).toContain(`${size.toLocaleString('en-GB')} bytes`);
  expect(it.text).toMatch(/--\r\n$/);
  for (const part of it.root.children) expect(part.children).toEqual([]);
  return it;
}

/** Pieces of mail, whole and torn. */
const piece = fc.oneof(
  fc.constantFrom(
    'From: a@b.example\r\n',
    'Subject: =?utf-8?q?x?=\n',
    'X-Long: a\r\n b\r\n\tc\r\n \r\n',
    'Content-Type: multipart/mixed; boundary="b"\r\n',
    'Content-Type: multipart/alternative; boundary=c\n',
    'content-type: multipart/mixed\r\n',
    'Content-Type: text/html; charset="utf-8\r\n',
    'Content-Type: text/plain; boundary*0=b\r\n',
    'Content-Type: text\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    'Content-Transfer-Encoding: Quoted-Printable\r\n',
    'Content-Transfer-Encoding: x-odd (\r\n',
    'X-Ringpost-Partial: 1 of 2\r\n',
    'MIME-Version: 1.0\r\n',
    '\r\n',
    '\n',
    '\r',
    '\0',
    '--b\r\n',
    '--b--\r\n',
    '--c \n',
    '--c--',
    '=E2=82=AC=\r\n',
    '4oKs4oKs\r\n',
    '=',
  ),
  fc.string(),
  fc.uint8Array({ maxLength: 40 }),
);

const anything = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(piece, { maxLength: 60 })
    .map((pieces) => Buffer.concat(pieces.map((one) => Buffer.from(one as string)))),
);

test('anything at all becomes a valid message, no larger than what came and 2 kB', async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(5_000_000), async (start, more) => {
      await expectValid(start, start.length + more);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['fields', 'A:\n'.repeat(5000)],
  ['empty lines', '\n'.repeat(20_000)],
  ['CRs', '\n\r'.repeat(10_000)],
  ['a folded type', `${'Content-Type: text/plain;\n a=b;'.padEnd(9000, '\n a=b;')}\n\n${'\n'.repeat(9000)}`],
  ['a whole part', `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${'x\n'.repeat(9000)}--b--\n`],
  ['base64 in one line', `Content-Transfer-Encoding: base64\n\n${'QUJD'.repeat(50_000)}`],
])('neither does what grows by line ends make it larger: %s', async (_what, start) => {
  await expectValid(Buffer.from(start), 1_000_000);
});

const encoders = {
  base64: (text: string) => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n'),
  'quoted-printable': (text: string) =>
    Array.from(Buffer.from(text), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join('')
      .replace(/.{75}/g, '$&=\r\n'),
  '8bit': (text: string) => text,
};
const encoding = fc.constantFrom(...(Object.keys(encoders) as (keyof typeof encoders)[]));
const words = fc.array(fc.constantFrom('a', 'é', '€', '😀', 'Ж', ' ', '中', 'é', '=', '.'), {
  minLength: 1,
  maxLength: 300,
});

/** The text part `depth` multiparts deep. */
function mailOf(text: string, how: keyof typeof encoders, depth: number): Buffer {
  const open = Array.from(
    { length: depth },
    (_, at) => `Content-Type: multipart/mixed; boundary="=_${at}"\r\n\r\npreamble\r\n--=_${at}\r\n`,
  ).join('');
  const close = Array.from({ length: depth }, (_, at) => `\r\n--=_${depth - at - 1}--`).join('');
  const type = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${how}\r\n\r\n`;
  return Buffer.from(`From: a@b.example\r\n${open}${type}${encoders[how](text)}${close}\r\n`);
}

test('wherever a well-made mail is cut, its text is shown as far as it came, and no character is torn', async () => {
  await fc.assert(
    fc.asyncProperty(words, encoding, fc.nat(20), fc.nat(), async (chars, how, depth, place) => {
      const text = chars.join('');
      const mail = mailOf(text, how, depth);
      const at = place % mail.length;
      const it = await expectValid(mail.subarray(0, at), mail.length);
      const seen = shown(it) ?? '';
      expect(text.startsWith(seen)).toBe(true);
      // An octet is three bytes at most with its part of a line end, half a character and half an escape at the end.
      const body = at - mail.indexOf('\r\n\r\n', mail.indexOf('Content-Transfer')) - 4;
      expect(Buffer.byteLength(seen)).toBeGreaterThanOrEqual(
        Math.min(Buffer.byteLength(text.trimEnd()), Math.floor(body / 3.2) - 6),
      );
    }),
    { numRuns: 1000 },
  );
});
