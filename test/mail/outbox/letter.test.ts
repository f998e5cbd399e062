import { describe, expect, it } from 'vitest';
import { envelopeOf } from '../../../src/mail/outbox/envelope.ts';
import { HEADER_LIMIT, readHeader } from '../../../src/mail/outbox/header.ts';
import { letter, type OutboxRoom, outboxRoom } from './outbox-room.ts';

const FROM = 'From: Ada <ada@example.org>\n';

describe('the envelope', () => {
  it.each([
    [
      'To, Cc and Bcc, each once',
      `${FROM}To: b@x.y, "C, c" <c@x.y>\nCc: b@x.y\nBCC: d@x.y\n`,
      ['b@x.y', 'c@x.y', 'd@x.y'],
    ],
    [
      'groups, and nobody in one',
      `${FROM}To: undisclosed-recipients:;\nBcc: all: b@x.y,\n c@x.y;\n`,
      ['b@x.y', 'c@x.y'],
    ],
    ['folded fields, and comments', `${FROM}To: "Bob\n B" <b@x.y> (the\n\tone)\n`, ['b@x.y']],
    ['an address in a name is none', `${FROM}To: "eve@evil.example" <b@x.y>\n`, ['b@x.y']],
    ['domains beyond ASCII', `${FROM}To: b@bücher.example\n`, ['b@xn--bcher-kva.example']],
    [
      'only those to whom it was sent on',
      `Resent-From: z@x.y\nResent-To: b@x.y\n${FROM}To: c@x.y\n`,
      ['b@x.y'],
    ],
  ])('%s', (_what, header, recipients) => {
    const read = readHeader(Buffer.from(`${header}\nBcc: in-the-body@x.y\n`), true);
    expect(envelopeOf(read, undefined).recipients).toEqual(recipients);
  });

  it.each([
    ['From', FROM, undefined, 'ada@example.org'],
    ['Sender before From', `${FROM}Sender: s@x.y\n`, undefined, 's@x.y'],
    [
      'Resent-From before both',
      `Resent-From: r@x.y\nResent-To: b@x.y\n${FROM}Sender: s@x.y\n`,
      undefined,
      'r@x.y',
    ],
    ["the account's own", FROM, 'account@x.y', 'account@x.y'],
  ])('sender: %s', (_what, header, own, sender) => {
    expect(envelopeOf(readHeader(Buffer.from(`${header}To: b@x.y\n\n`), true), own).sender).toBe(sender);
  });
});

describe('what cannot be sent is refused with words, and needs no connection', () => {
  it.each([
    ['no recipient', `${FROM}Subject: s\n\nTo: b@x.y\n`, 'it names no recipient (To, Cc, Bcc)'],
    ['no sender', 'To: b@x.y\nSubject: s\n\n', 'it names no sender (From)'],
    ['no address', `${FROM}To: bob\nSubject: s\n\n`, 'its field to has what is no address: "bob"'],
    ['two @', `${FROM}To: a@b@c\nSubject: s\n\n`, 'its field to has what is no address: "a@b@c"'],
    ['a bare CR', `${FROM}To: <a@b.c>\rRCPT@x.y>\n\n`, 'field 2 of its header has a bare CR'],
    ['an empty file', '', 'it has no header'],
    ['a body only', '\nHello\n', 'it has no header'],
    ['no header', 'Hello Bob\nhow are you\n', 'field 1 of its header has no name: it is not a message'],
    [
      'a header that never ends',
      `${FROM}To: b@x.y\n${'X: yyyyyyyyyyyyyyyyyyyy\n'.repeat(13_000)}`,
      'its header is longer than 256 kB',
    ],
    [
      'sent on twice',
      `Resent-To: b@x.y\nResent-To: c@x.y\n${FROM}\n`,
      'it was sent on more than once: for whom it is cannot be told',
    ],
  ])('%s', async (_what, content, reason) => {
    const room = await outboxRoom();
    await room.put('new/1.bad', content);
    const { refused, left, error } = await room.submit();
    expect(error).toBeUndefined();
    expect(refused).toMatchObject([{ base: '1.bad', reason }]);
    expect(left).toBe(0);
    expect(room.server.connections).toBe(0);
    expect(room.messages()).toEqual(['.Outbox/cur/1.bad:2,F']);
  });

  it('names it by its subject, short and harmless', async () => {
    const room = await outboxRoom();
    const subject = `=?utf-8?q?=1B[31mR=C3=A9d?= ${'long '.repeat(30)}`;
    await room.put('new/1.bad', `${FROM}Subject: ${subject}\n\n`);
    const [refused] = (await room.submit()).refused;
    expect(refused?.subject).toMatch(/^\[31mRéd long .*…$/);
    expect(refused?.subject).toHaveLength(80);
  });
});

describe('what is sent and what is kept', () => {
  const sentText = (room: OutboxRoom) => room.server.received[0]?.text;

  it('Date and Message-ID are added, the same on the air and on the disk; what is there stays', async () => {
    const room = await outboxRoom();
    await room.put('new/1.bare', `${FROM}To: b@x.y\nSubject: bare\n\nHello\n`);
    const { mtimeMs } = await room.files.stat('/device/mail/.Outbox/new/1.bare');
    await room.clock.advance(3_600_000);
    await room.submit();
    const kept = await room.content(/Sent/);
    expect(sentText(room)).toBe(kept.replaceAll('\n', '\r\n'));
    const date = new Date(mtimeMs).toUTCString().replace('GMT', '+0000');
    expect(kept).toMatch(
      new RegExp(`^Date: ${date.replace('+', '\\+')}\nMessage-ID: <[0-9a-f-]{36}@example.org>\nFrom`),
    );
  });

  it('a file time that cannot be true (a clock that was not set) is not told', async () => {
    const room = await outboxRoom();
    await room.put('new/1.old', `${FROM}To: b@x.y\n\nHello\n`);
    await room.files.utimes('/device/mail/.Outbox/new/1.old', 0);
    await room.submit();
    expect(sentText(room)).toContain('Date: Thu, 01 Jan 2026');
  });

  it('blind recipients are kept, and not sent on', async () => {
    const room = await outboxRoom({ size: 100_000 });
    await room.put('new/1.blind', letter('blind', { more: 'Bcc: secret@x.y,\n other@x.y\nX-After: 1\n' }));
    await room.submit();
    expect(sentText(room)).toBe(letter('blind', { more: 'X-After: 1\n' }).replaceAll('\n', '\r\n'));
    expect(room.server.received[0]?.declared).toBe(sentText(room)?.length);
    expect(await room.content(/Sent/)).toBe(
      letter('blind', { more: 'Bcc: secret@x.y,\n other@x.y\nX-After: 1\n' }),
    );
  });

  it.each([
    ['dots', 'a\n.\n..b\n.'],
    ['no line end at the end', 'a'],
    ['CRLF', 'a\r\nb\r\n'],
    ['8 bits', 'grüße ✓\n'],
  ])('a body with %s arrives as it was', async (_what, body) => {
    const room = await outboxRoom();
    await room.put('new/1.body', `${letter('body')}${body}`);
    await room.submit();
    const crlf = `${letter('body')}${body}`.replaceAll(/\r?\n/g, '\r\n');
    expect(sentText(room)).toBe(crlf.endsWith('\n') ? crlf : `${crlf}\r\n`);
  });

  it.each([
    ['LF', '\n', 'a\nb\n', 'W'],
    ['CRLF', '\r\n', 'a\r\nb\r\n', 'S'],
    ['both', '\n', 'a\r\nb\n', undefined],
  ])(
    'the name in Sent says the size at the server where it can be restored: %s',
    async (_what, end, body, field) => {
      const room = await outboxRoom();
      const content = letter('size').replaceAll('\n', end) + body;
      await room.put('new/1.size', content);
      await room.submit();
      const [path] = room.messages();
      const size = Buffer.byteLength(content.replaceAll(/\r?\n/g, '\r\n'));
      const said = new Map(
        [...(path ?? '').matchAll(/,([SW])=(\d+)/g)].map(([, name, value]) => [name, Number(value)]),
      );
      expect(said.get(field)).toBe(field && size);
      if (field) expect(said.get('S')).toBe(Buffer.byteLength(content));
    },
  );

  it('what the user deleted or still writes is left alone', async () => {
    const room = await outboxRoom();
    await room.put('cur/1.trashed:2,ST', letter('trashed'));
    await room.put('cur/2.draft:2,D', letter('draft'));
    expect(await room.submit()).toMatchObject({ sent: [], refused: [], left: 0 });
    expect(room.messages()).toHaveLength(2);
    expect(room.server.connections).toBe(0);
  });
});

it('the header is read to its limit, not beyond', () => {
  const head = Buffer.alloc(HEADER_LIMIT, `${FROM}`);
  expect(() => readHeader(head, false)).toThrow('longer than 256 kB');
  head.write('\n\n', HEADER_LIMIT - FROM.length * 3, 'latin1');
  expect(() => readHeader(head, false)).not.toThrow();
});
