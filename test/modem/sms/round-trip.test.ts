import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ModemError } from '../../../src/modem/errors.ts';
import { decodeReceived, decodeSubmit, type Submit } from '../../../src/modem/sms/decode.ts';
import { describePdu } from '../../../src/modem/sms/describe.ts';
import { decodeValidity, encodeSubmit, encodeValidity } from '../../../src/modem/sms/submit.ts';
import { deliver, deliverText } from './support.ts';

const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà\f^{}\\[~]|€';
const gsmText = fc.string({ unit: fc.constantFrom(...GSM), maxLength: 500 });
const anyText = fc.string({ unit: 'binary', maxLength: 300 });
const number = fc.stringMatching(/^\+?[0-9*#]{1,20}$/);

function decoded(to: string, text: string, reference = 1): Submit[] {
  return encodeSubmit({ to, content: { text }, reference }).map(({ hex, length }) => {
    expect(hex.length).toBe(2 + length * 2);
    return decodeSubmit(hex);
  });
}

/** UTF-8 has no place for half a surrogate pair. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function whole(parts: readonly Submit[]): string {
  return parts.map(({ userData }) => userData.text).join('');
}

test('any text of the GSM alphabet comes back, and stays in 7 bits', () => {
  fc.assert(
    fc.property(gsmText, number, (text, to) => {
      const parts = decoded(to, text);
      expect(whole(parts)).toBe(text);
      expect(parts.every(({ coding }) => coding.encoding === 'gsm7')).toBe(true);
      expect(parts.every((part) => part.to.text === to)).toBe(true);
    }),
  );
});

test('any text at all comes back, and no part cuts a surrogate pair', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const parts = decoded('+491', text);
      expect(whole(parts)).toBe(text);
      expect(parts.every(({ userData }) => isWellFormed(userData.text))).toBe(isWellFormed(text));
    }),
  );
});

test('octets for a port come back', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.nat(65_535),
      fc.nat(65_535),
      (octets, destinationPort, sourcePort) => {
        const content = { octets, destinationPort, sourcePort };
        const parts = encodeSubmit({ to: '12345', content, reference: 9 }).map(({ hex }) =>
          decodeSubmit(hex),
        );
        expect(Buffer.concat(parts.map(({ userData }) => userData.octets ?? new Uint8Array()))).toEqual(
          Buffer.from(octets),
        );
        expect(parts.map(({ userData }) => userData.header?.ports)).toEqual(
          parts.map(() => ({ destination: destinationPort, source: sourcePort })),
        );
      },
    ),
  );
});

test.each([
  ['a'.repeat(160), [160]],
  ['a'.repeat(161), [153, 8]],
  [`${'a'.repeat(152)}€${'b'.repeat(20)}`, [152, 21]],
  [`${'a'.repeat(159)}€`, [153, 7]],
  ['ж'.repeat(70), [70]],
  ['ж'.repeat(71), [67, 4]],
  [`${'ж'.repeat(66)}😀${'ж'.repeat(10)}`, [66, 12]],
  ['', [0]],
])('parts of %j', (text, lengths) => {
  const parts = decoded('+49151', text, 0x1ff);
  expect(parts.map(({ userData }) => userData.text.length)).toEqual(lengths);
  if (lengths.length === 1) return;
  expect(parts.map(({ userData }) => userData.header?.concatenation)).toEqual(
    lengths.map((_, at) => ({ reference: 0xff, bits: 8, count: lengths.length, part: at + 1 })),
  );
});

test('an SMS-SUBMIT, octet by octet', () => {
  const [pdu] = encodeSubmit({
    to: '+46708251358',
    content: { text: 'hellohello' },
    reference: 0,
    validityMinutes: 4 * 1440,
    statusReport: true,
  });
  // No SMSC; SUBMIT with relative validity and report; reference 0; 11 digits; PID, DCS 0; AA = 4 days; 10 septets.
  expect(pdu).toEqual({ hex: '0031000B916407281553F80000AA0AE8329BFD4697D9EC37', length: 23 });
});

test.each([
  [0, 5],
  [12, 15],
  [720, 720],
  [721, 750],
  [1440, 1440],
  [1441, 2880],
  [30 * 1440, 30 * 1440],
  [31 * 1440, 35 * 1440],
  [1_000_000, 63 * 7 * 1440],
])('%d minutes of validity are sent as %d', (minutes, sent) => {
  expect(decodeValidity(encodeValidity(minutes))).toBe(sent);
});

test('too long a text and a bad number are refused', () => {
  const refused = (to: string, text: string) => () => encodeSubmit({ to, content: { text }, reference: 0 });
  expect(refused('+49', 'a'.repeat(255 * 153 + 1))).toThrow(expect.objectContaining({ code: 'too-long' }));
  for (const to of ['', '+', '49151\r', 'Vodafone', '0'.repeat(21)]) {
    expect(refused(to, 'x')).toThrow(expect.objectContaining({ code: 'bad-number' }));
  }
});

const samples = [
  deliver(),
  deliverText('part two', { reference: 7, count: 2, part: 2 }),
  deliver({ first: '44', dcs: '04', length: '0D', data: '0A050415B300007002AABB0102' }),
  deliver({ dcs: '08', length: '06', data: '0416D83DDE00' }),
  '00062A0D91945111325476F8621020304050006210203040600000',
];

/** Reads it, or throws `bad-pdu`; anything else fails the test. */
function readOrRefuse(hex: string): void {
  for (const read of [decodeReceived, decodeSubmit]) {
    try {
      read(hex);
    } catch (error) {
      expect(error).toBeInstanceOf(ModemError);
      expect((error as ModemError).code).toBe('bad-pdu');
    }
  }
  for (const direction of ['deliver', 'submit', 'status-report'] as const) {
    expect(describePdu(hex, direction)).toMatch(/^SMS/);
  }
}

test('every truncation of a good PDU is refused', () => {
  for (const pdu of samples) {
    for (let end = 0; end < pdu.length; end += 1) {
      const cut = pdu.slice(0, end);
      expect(() => decodeReceived(cut)).toThrow(expect.objectContaining({ code: 'bad-pdu' }));
    }
  }
});

test('altered PDUs and noise give a value or bad-pdu, never another error', () => {
  const altered = fc.tuple(fc.constantFrom(...samples), fc.nat(200), fc.nat(255)).map(([pdu, at, octet]) => {
    const octets = Buffer.from(pdu, 'hex');
    octets[at % octets.length] = octet;
    return octets.toString('hex');
  });
  const noise = fc.uint8Array({ maxLength: 180 }).map((octets) => Buffer.from(octets).toString('hex'));
  fc.assert(fc.property(fc.oneof(altered, noise, fc.string()), readOrRefuse), { numRuns: 500 });
});

test('a description tells everything but the text and the whole number', () => {
  expect(describePdu(deliverText('secret!', { reference: 7, count: 2, part: 1 }), 'deliver')).toBe(
    'SMS-DELIVER from +49…678, GSM 7-bit, 7 characters, part 1/2 of reference 7, sent 2026-01-02T03:04:05Z',
  );
  const [pdu] = encodeSubmit({
    to: '+4915112345678',
    content: { text: 'ж' },
    reference: 0,
    statusReport: true,
  });
  expect(describePdu(pdu!.hex, 'submit')).toBe(
    'SMS-SUBMIT to +49…678, UCS-2, 1 characters, status report wanted',
  );
  expect(describePdu('07911326', 'deliver')).toBe('SMS PDU, SMSC address: needs 6 octets, 2 are left');
});
