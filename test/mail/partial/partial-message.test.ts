import { describe, expect, test } from 'vitest';
import { isPartial } from '../../../src/mail/partial/marker.ts';
import { partialMessage } from '../../../src/mail/partial/partial-message.ts';
import { parsed, shown } from './parsed.ts';

const HEADER = 'Return-Path: <bert@example.org>\r\nFrom: Bert <bert@example.org>\r\nSubject: gr\xfc\xdfe\r\n';
const PLAIN = 'Content-Type: text/plain; charset=utf-8\r\n';

/** The message as a reader sees it, of these first bytes (`latin1`) of a large one. */
const partial = (start: string, size = 3_000_000) =>
  parsed(partialMessage(Buffer.from(start, 'latin1'), size));

/** A mail with a picture, as most large ones are: an alternative of text and HTML first. */
const PICTURE =
  `${HEADER}MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="out er"\r\nContent-Language: de\r\n\r\n` +
  'For old readers.\r\n--out er\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n' +
  '--in\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n' +
  `--in \t\r\n${PLAIN}Content-Transfer-Encoding: quoted-printable\r\n\r\nHello, caf=C3=A9\r\n--in--\r\n` +
  '--out er\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ';

test('keeps the header, says what it is, and shows the text as its sender encoded it', async () => {
  const { text, root, bodies } = await partial(PICTURE);
  expect(text).toMatch(/^X-Ringpost-Partial: 505 of 3000000\r\nReturn-Path: <bert@example.org>\r\nFrom: /);
  expect(root.fields.map(({ name }) => name)).toEqual([
    'X-Ringpost-Partial',
    'Return-Path',
    'From',
    'Subject',
    'MIME-Version',
    'Content-Type',
  ]);
  expect(text).toContain('\r\nSubject: gr\xfc\xdfe\r\n');
  expect(root.contentType).toMatchObject({ type: 'multipart', subtype: 'mixed' });
  expect(root.children.map(({ contentType }) => contentType.value)).toEqual(['text/plain', 'text/plain']);
  expect(bodies[0]).toMatch(/3,000,000 bytes\. Only the first 505 [\s\S]*ringpost fetch[\s\S]*Wi-Fi/);
  expect(text).toContain(
    `\r\n${PLAIN}Content-Transfer-Encoding: quoted-printable\r\n\r\nHello, caf=C3=A9\r\n--`,
  );
});

test('a single body is shown with its own type, cut', async () => {
  const { bodies, root } = await partial(
    `${HEADER}Content-Type: text/html; charset=utf-8\r\n\r\n<p>one\r\n<p>two <b`,
  );
  expect(root.children[1]?.contentType.value).toBe('text/html');
  expect(bodies[1]).toBe('<p>one\r\n<p>two <b');
});

test('the same bytes give the same message', () => {
  const start = Buffer.from(PICTURE, 'latin1');
  expect(partialMessage(start, 9_000_000)).toEqual(partialMessage(start, 9_000_000));
});

describe('a text is cut where nothing is torn', () => {
  const mail = (encoding: string, body: string) =>
    `${HEADER}${PLAIN}Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
  const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n');
  const latin1 = (text: string) => Buffer.from(text).toString('latin1');

  test.each([
    ['an octet', 'quoted-printable', 'a=E2=82=AC=4', 'a€'],
    ['an escape', 'quoted-printable', 'a=E2=82=AC=', 'a€'],
    ['a character', 'quoted-printable', 'a=E2=82=AC=E2=82', 'a€'],
    ['a character over a soft line break', 'quoted-printable', 'a=E2=82=AC=F0=\r\n=9F=\r\n=98', 'a€'],
    ['a soft line break', 'quoted-printable', 'a=E2=82=AC= \r', 'a€'],
    ['nothing', 'quoted-printable', 'a=\r\n=E2=82=AC=ZZ', 'a€=ZZ'],
    ['four characters', 'base64', base64('zwölf Boxkämpfer').slice(0, -3), 'zwölf Boxkämp'],
    ['a character', 'base64', base64('€€€a').slice(0, 10), '€€'],
    ['a character that is not in step with the lines', 'base64', base64('a€€€').slice(0, 8), 'a€'],
    ['a character', '8bit', latin1('a€').slice(0, -1), 'a'],
    ['nothing', '8bit', latin1('a€ \xe9x'), 'a€ éx'],
    ['a character of 4 bytes', '8bit', latin1('a😀').slice(0, -1), 'a'],
    ['a line end', '7bit', 'one\r\ntwo\r', 'one\r\ntwo'],
  ])('%s, %s', async (_what, encoding, body, expected) => {
    expect(shown(await partial(mail(encoding, body)))).toBe(expected);
  });

  test('the beginning of a delimiter is not shown', async () => {
    const multipart = (end: string) =>
      `${HEADER}Content-Type: multipart/mixed; boundary=limit\r\n\r\n--limit\r\n\r\ntext\r\n${end}`;
    for (const end of ['', '-', '--', '--li', '--limit', '--limit-', '--limit--']) {
      expect((await partial(multipart(end))).bodies[1]).toBe('text');
    }
    expect((await partial(multipart('--lid'))).bodies[1]).toBe('text\r\n--lid');
  });
});

test.each([
  ['an attachment', `--b\r\n${PLAIN}Content-Disposition: attachment; filename=a.txt\r\n\r\nnot this\r\n`],
  ['an enclosed message', '--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nnot this\r\n'],
  ['an empty text', `--b\r\n${PLAIN}\r\n \r\n`],
  ['a picture', '--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\naaaa\r\n'],
])('%s is not the text', async (_what, part) => {
  const start = `${HEADER}Content-Type: multipart/mixed; boundary=b\r\n\r\n${part}`;
  const alone = await partial(start);
  expect(alone.bodies).toHaveLength(1);
  expect(alone.bodies[0]).toContain('no text to be shown');
  expect((await partial(`${start}--b\r\n\r\nthis`)).bodies[1]).toBe('this');
});

test.each([
  ['in a field', 'From: a@example.org\r\nTo: b@exam'],
  ['behind a line end that may be a fold', 'From: a@example.org\r\nTo: b@example.org\r\n'],
  ['in a fold', 'From: a@example.org\r\nTo: b@example.org,\r\n c@exam'],
])('of a header that is longer than what came only whole fields are kept: cut %s', async (_where, start) => {
  const { root, bodies } = await partial(start);
  expect(root.fields.map(({ name }) => name)).toEqual([
    'X-Ringpost-Partial',
    'From',
    'MIME-Version',
    'Content-Type',
  ]);
  expect(bodies).toHaveLength(1);
});

test('what is no field, the mark of another partial copy, and CRs in a field do not get through', async () => {
  const { text } = await partial(
    'From bert Mon\n folded\nX-Ringpost-Partial: 1 of 2\nA\0B: c\rBcc: x\nEmpty:\n \nLast: z\n\nbody\rmore',
  );
  expect(text).toMatch(
    /^X-Ringpost-Partial: \d+ of 3000000\r\nAB: c Bcc: x\r\nEmpty:\r\nLast: z\r\nMIME-Version: /,
  );
  expect(text.match(/X-Ringpost-Partial/g)).toHaveLength(1);
  expect(text).toContain('\r\n\r\nbody\r\nmore\r\n--');
});

test('octets above 127 in what is said to be 7bit make it 8bit', async () => {
  const { text } = await partial(
    `${HEADER}${PLAIN}Content-Transfer-Encoding: 7bit\r\n\r\ngr\xc3\xbc\xc3\x9fe`,
  );
  expect(text).toContain('Content-Transfer-Encoding: 8bit\r\n\r\ngr\xc3\xbc\xc3\x9fe\r\n');
  expect(text).not.toContain('7bit');
});

test.each(['text', 'text/', 'text/pl ain', 'text/"x"'])(
  'a type that is none is left out: %s',
  async (type) => {
    const { root, bodies } = await partial(`${HEADER}Content-Type: ${type}; charset=utf-8\r\n\r\nHello`);
    expect(root.children[1]?.fields).toEqual([]);
    expect(bodies[1]).toBe('Hello');
  },
);

test.each(['TEXT/Plain', 'text/plain;charset=utf-8', '\r\n text/plain', 'text/x-diff (a patch)'])(
  'a type is kept as it is written: %s',
  async (type) => {
    const { text } = await partial(`${HEADER}content-type:${type}\r\n\r\nHello`);
    expect(text).toContain(`\r\ncontent-type:${type}\r\n\r\nHello\r\n--`);
  },
);

test('multiparts that are nested very deep, or have no boundary, hold no text to be shown', async () => {
  const nested = (depth: number) =>
    `${HEADER}${Array.from({ length: depth }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`).join('')}\r\ndeep`;
  expect((await partial(nested(20))).bodies[1]).toBe('deep');
  expect((await partial(nested(2000))).bodies).toHaveLength(1);
  expect((await partial(`${HEADER}Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx`)).bodies).toHaveLength(
    1,
  );
});

test('a partial copy is known by its first field only', () => {
  const copy = partialMessage(Buffer.from(PICTURE, 'latin1'), 3_000_000);
  expect(isPartial(copy)).toBe(true);
  expect(isPartial(Buffer.from(copy.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'))).toBe(true);
  expect(isPartial(copy.subarray(0, 64))).toBe(true);
  expect(isPartial(Buffer.from(PICTURE, 'latin1'))).toBe(false);
  expect(isPartial(Buffer.concat([Buffer.from('Received: by us\r\n'), copy]))).toBe(false);
  expect(isPartial(Buffer.alloc(0))).toBe(false);
});
