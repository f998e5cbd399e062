import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBase, formatName, parseName, sortFlags } from '../../../src/mail/maildir/name.ts';
import { beganAt, safeHost, uniqueName } from '../../../src/mail/maildir/unique.ts';

const uid = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const tag = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const place = fc.record({ uidvalidity: uid, tag, uid });
const letters = fc.stringMatching(/^[A-Za-z]{0,8}$/);

test('what a name says is read back from it', () => {
  fc.assert(
    fc.property(place, fc.nat(), fc.nat(), letters, (where, fileSize, lines, flags) => {
      const size = fileSize + lines;
      const base = formatBase(uniqueName(1_700_000_000_123), { size, fileSize }, where);
      const sorted = sortFlags(flags);
      const name = formatName(base, 'cur', flags);
      expect(parseName(name, 'cur')).toEqual({ base, folder: 'cur', name, flags: sorted, size, ...where });
      expect(parseName(formatName(base, 'new', ''), 'new').uid).toBe(where.uid);
    }),
  );
});

test('any file name is legal, and its base is what stands before the first colon', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const entry = parseName(name, 'cur');
      expect(name.startsWith(entry.base)).toBe(true);
      expect(entry.base).not.toContain(':');
      expect(entry.flags).toMatch(/^[A-Za-z]*$/);
    }),
  );
});

test.each([
  ['1.M1P1.pi,S=10,W=11:2,SF', { size: 11, flags: 'FS', uid: undefined }],
  ['1.M1P1.pi,S=10:2,', { size: undefined }],
  ['1.M1P1.pi,S=10,U=1.t.2:2,', { size: 10, uid: 2 }],
  ['1.M1P1.pi,U=7:2,', { flags: '', uid: undefined }],
  ['1.M1P1.pi,U=0.t.7', { uid: undefined }],
  ['1.M1P1.pi,U=1.t.4294967296', { uid: undefined }],
  ['1.M1P1.pi,U=1.a/b.4', { uid: undefined }],
  ['1.M1P1.pi,U=1.t.2,U=3.t.4:2,SSab', { uid: 2, uidvalidity: 1, flags: 'Sab' }],
  ['1.M1P1.pi,S=x:1,S', { size: undefined, flags: '' }],
])('%s', (name, expected) => {
  expect({ uid: undefined, size: undefined, ...parseName(name, 'cur') }).toMatchObject(expected);
});

test('unique names differ, sort nothing away and carry their second', () => {
  const names = Array.from({ length: 1000 }, () => uniqueName(1_700_000_000_999));
  expect(new Set(names).size).toBe(1000);
  expect(names.every((name) => /^1700000000\.M\d+P\d+Q\d+R[0-9a-f]{8}\.[^/:,]+$/.test(name))).toBe(true);
  expect(beganAt(names[0]!)).toBe(1_700_000_000_000);
  expect(safeHost('a/b:c,d')).toBe('a\\057b\\072c\\054d');
});
