import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInternalDate, parseInternalDate } from '../../../../src/mail/imap/wire/internal-date.ts';
import { decodeMailboxName, encodeMailboxName } from '../../../../src/mail/imap/wire/mailbox-name.ts';
import { parseSequenceSet } from '../../../../src/mail/imap/wire/sequence-set.ts';
import {
  astring,
  flagList,
  responseNstring,
  responseString,
} from '../../../../src/mail/imap/wire/strings.ts';
import { readAll } from './feed.ts';

describe('mailbox names', () => {
  it.each([
    ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['Entwürfe & mehr', 'Entw&APw-rfe &- mehr'],
    ['📬', '&2D3c7A-'],
  ])('%s is %s', (name, wire) => {
    expect(encodeMailboxName(name)).toBe(wire);
    expect(decodeMailboxName(wire, 'server-confused')).toBe(name);
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const wire = encodeMailboxName(name);
        expect(wire).toMatch(/^[ -~]*$/);
        expect(decodeMailboxName(wire, 'server-confused')).toBe(name);
      }),
    );
  });

  it.each(['&', '&abc', '&*-', '&A-'])('%s is refused', (wire) => {
    expect(() => decodeMailboxName(wire, 'client-confused')).toThrow(
      expect.objectContaining({ code: 'client-confused' }),
    );
  });
});

describe('strings', () => {
  it('goes out in the shortest form that is safe', () => {
    expect(astring('INBOX')).toBe('INBOX');
    expect(astring('nil')).toBe('"nil"');
    expect(astring('')).toBe('""');
    expect(astring('a "b" \\')).toBe('"a \\"b\\" \\\\"');
    expect(astring('ü')).toEqual({ literal: Buffer.from('ü') });
    expect(responseNstring(undefined).toString()).toBe('NIL');
    expect(flagList(['\\Seen', '$Junk', 'a b', 'x)'])).toBe('(\\Seen $Junk)');
  });

  it('is read back whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const wire = Buffer.concat([Buffer.from('* X '), responseString(text), Buffer.from('\r\n')]);
        const [read] = (await readAll('responses', wire)) as { items: { text?: string; bytes?: Buffer }[] }[];
        const [item] = read?.items ?? [];
        expect(item?.text ?? item?.bytes?.toString()).toBe(Buffer.from(text).toString());
      }),
    );
  });
});

describe('dates', () => {
  it.each([
    [' 1-Jul-2026 10:52:37 +0200', Date.UTC(2026, 6, 1, 8, 52, 37)],
    ['31-Dec-1999 23:59:59 -0430', Date.UTC(2000, 0, 1, 4, 29, 59)],
  ])('%s', (text, ms) => expect(parseInternalDate(text)).toBe(ms));

  it('come back to the second, and nonsense is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e9 }), (seconds) => {
        expect(parseInternalDate(formatInternalDate(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
    for (const text of ['', '1-Foo-2026 10:52:37 +0200', '99-Jul-2026 10:52:37 +0200', 'x']) {
      expect(parseInternalDate(text)).toBeUndefined();
    }
  });
});

it('reads sequence sets with a star', () => {
  expect(parseSequenceSet('1:3,9:*', 12, 'client-confused').toString()).toBe('1:3,9:12');
  expect(parseSequenceSet('20:*', 12, 'client-confused').toString()).toBe('12:20');
  expect(parseSequenceSet('*', 0, 'client-confused').toString()).toBe('');
  expect(() => parseSequenceSet('0', 5, 'client-confused')).toThrow();
  expect(() => parseSequenceSet('1:', 5, 'client-confused')).toThrow();
});
