import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeCertificate } from '../../src/cli/certificate.ts';
import type { Enrolment } from '../../src/enrolment/enrolment.ts';
import { enrolmentText, readEnrolment } from '../../src/enrolment/text.ts';

const KEY = { id: 7, secret: Buffer.alloc(32, 0xa5) };
const ROTATION: Enrolment = { device: 'pocket-1', key: KEY };

async function whole(): Promise<Enrolment> {
  const trust = new X509Certificate((await makeCertificate('mail.example.org')).cert).raw;
  const host = 'mail.example.org';
  return {
    ...ROTATION,
    servers: {
      message: { host, port: 8883, trust },
      mail: { host, port: 9930, user: 'ada', password: 'f7qYw0mJ3dC1pX9tK2sVbN4z', trust },
      submission: { host, port: 5870, security: 'starttls', trust },
    },
  };
}

test('an enrolment text gives back what was put in, and is short enough for a QR code of 85 modules', async () => {
  const value = await whole();
  const text = enrolmentText(value);
  expect(text).toMatch(/^ringpost:1:[A-Za-z0-9_-]+$/);
  // Version 17 holds 644 bytes at level L (ISO/IEC 18004, table 7).
  expect(text.length).toBeLessThan(644);
  const read = readEnrolment(text);
  expect(read).toMatchObject({ ...value, servers: { mail: { user: 'ada' }, submission: { port: 5870 } } });
  expect(Buffer.from(read.servers!.mail.trust!)).toEqual(value.servers!.mail.trust);
  expect(readEnrolment(enrolmentText(ROTATION))).toEqual(ROTATION);
});

test('line breaks and spaces of a terminal make no difference', async () => {
  const text = enrolmentText(await whole());
  const wrapped = `  ${text.replace(/(.{76})/g, '$1\r\n  ')}\n`;
  expect(readEnrolment(wrapped).device).toBe('pocket-1');
});

const TEXT = enrolmentText(ROTATION);

test.each([
  ['nothing', '', 'not-enrolment'],
  ['another text', 'RP1ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 'not-enrolment'],
  ['without its beginning', TEXT.slice(11), 'not-enrolment'],
  ['another version', TEXT.replace(':1:', ':2:'), 'other-version'],
  ['a character of no alphabet', TEXT.replace(/.$/, '!'), 'damaged-enrolment'],
  [
    'an O for a 0',
    `${TEXT.slice(0, 20)}${TEXT[20] === 'O' ? '0' : 'O'}${TEXT.slice(21)}`,
    'damaged-enrolment',
  ],
  [
    'two characters exchanged',
    `${TEXT.slice(0, 11)}${TEXT[12]}${TEXT[11]}${TEXT.slice(13)}`,
    'damaged-enrolment',
  ],
  ['cut off', TEXT.slice(0, -8), 'damaged-enrolment'],
  ['cut off behind its beginning', TEXT.slice(0, 14), 'damaged-enrolment'],
  ['twice in one', TEXT + TEXT, 'damaged-enrolment'],
  ['endless', TEXT + 'A'.repeat(20_000), 'damaged-enrolment'],
])('a text is refused that is %s', (_what, text, code) => {
  expect(() => readEnrolment(text)).toThrow(expect.objectContaining({ code }));
});

test('no changed, missing or added character goes unnoticed', async () => {
  const text = enrolmentText(await whole());
  const place = fc.nat({ max: text.length - 12 }).map((n) => n + 11);
  const character = fc.constantFrom(...'ABCDEFGHabcdefgh01234567_-');
  const change = fc.constantFrom('replace', 'remove', 'insert');
  fc.assert(
    fc.property(place, character, change, (at, other, kind) => {
      const behind = text.slice(kind === 'insert' ? at : at + 1);
      const broken = text.slice(0, at) + (kind === 'remove' ? '' : other) + behind;
      if (broken === text) return;
      expect(() => readEnrolment(broken)).toThrow(expect.objectContaining({ name: 'EnrolmentError' }));
    }),
    { numRuns: 300 },
  );
});
