import { describe, expect, test } from 'vitest';
import { type Deliver, decodeReceived, decodeSubmit } from '../../../src/modem/sms/decode.ts';
import { ascii, deliver, deliverText, hex, packed, swapped } from './support.ts';

function delivered(pdu: string): Deliver {
  const message = decodeReceived(pdu);
  if (message.type !== 'deliver') throw new Error(`a ${message.type}`);
  return message;
}

test('the published example of an SMS-DELIVER', () => {
  const message = delivered('07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07');
  expect(message.smsc?.text).toBe('+31624000000');
  expect(message.from).toEqual({ type: 'international', text: '+31641600986' });
  // The zone octet 08 has the sign bit and no quarters: Greenwich.
  expect(new Date(message.sentAt).toISOString()).toBe('2002-08-26T19:37:41.000Z');
  expect(message.userData.text).toBe('How are you?');
});

test('septets of the published packing example', () => {
  expect(packed(ascii('hellohello'))).toBe('E8329BFD4697D9EC37');
  expect(delivered(deliver({ length: '0A', data: 'E8329BFD4697D9EC37' })).userData.text).toBe('hellohello');
});

describe('addresses', () => {
  const from = (address: string) => delivered(deliver({ from: address })).from;

  test.each([
    ['0B91', 'international', '49151123456', '+49151123456'],
    ['0AA1', 'national', '0151123456', '0151123456'],
    ['05B1', 'network-specific', '12345', '12345'],
    ['04C1', 'subscriber', '4711', '4711'],
    ['0581', 'unknown', '80085', '80085'],
    ['03E1', 'abbreviated', '123', '123'],
  ])('%s is %s', (head, type, digits, text) => {
    expect(from(head + swapped(digits))).toEqual({ type, text });
  });

  test('star, hash and letters are digits', () => {
    expect(from('0581BADCFE').text).toBe('*#abc');
  });

  test.each(['Ringpost', 'Vodafone DE', 'ABCDEFG', 'X'])('alphanumeric %s', (name) => {
    const octets = packed(ascii(name));
    const digits = Math.ceil((name.length * 7) / 4);
    expect(from(`${hex(digits)}D0${octets}`)).toEqual({ type: 'alphanumeric', text: name });
  });

  test('no service centre, and no digits at all', () => {
    expect(delivered(deliver({ smsc: '00' })).smsc).toBeUndefined();
    expect(from('0080')).toEqual({ type: 'unknown', text: '' });
  });
});

describe('time stamps', () => {
  const sent = (time: string) => new Date(delivered(deliver({ time })).sentAt).toISOString();

  test.each([
    ['62102030405000', '2026-01-02T03:04:05.000Z'],
    ['62102030405022', '2026-01-01T21:34:05.000Z'], // +22 quarters: India, 5:30
    ['62102030405032', '2026-01-01T21:19:05.000Z'], // +23 quarters: Nepal, 5:45
    ['62102030405049', '2026-01-02T06:34:05.000Z'], // -14 quarters: Newfoundland, 3:30
    ['6210203040502B', '2026-01-02T11:04:05.000Z'], // -32 quarters: Pacific
    ['42209232959500', '2024-02-29T23:59:59.000Z'],
  ])('%s is %s', (octets, expected) => {
    expect(sent(octets)).toBe(expected);
  });

  test.each(['62310030405000', '62202930405000', '52209230405000', '6210203040AA00', '62102042405000'])(
    '%s is none',
    (octets) => {
      expect(() => sent(octets)).toThrow(
        expect.objectContaining({ code: 'bad-pdu', message: expect.stringContaining('time stamp') }),
      );
    },
  );
});

describe('alphabets', () => {
  const text = (dcs: string, length: string, data: string) =>
    delivered(deliver({ dcs, length, data })).userData.text;

  test('the extension table, an unknown escape, two escapes, an escape at the end', () => {
    const septets = [0x1b, 0x65, 0x1b, 0x28, 0x1b, 0x41, 0x1b, 0x1b, 0x1b];
    expect(text('00', hex(septets.length), packed(septets))).toBe('€{A  ');
  });

  test('every place of the default alphabet', () => {
    const all = Array.from({ length: 128 }, (_, code) => code).filter((code) => code !== 0x1b);
    const decoded = text('00', hex(all.length), packed(all));
    expect(decoded).toHaveLength(127);
    expect(decoded.slice(0, 27)).toBe('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ');
    expect([decoded[0x23], decoded[0x3f], decoded[0x5a], decoded[0x5f], decoded[126]]).toEqual([
      '¤',
      '¡',
      'Ä',
      '¿',
      'à',
    ]);
  });

  test('UCS-2 with a surrogate pair', () => {
    expect(text('08', '06', '0416D83DDE00')).toBe('Ж😀');
  });

  test.each([
    ['00', 'gsm7', undefined],
    ['10', 'gsm7', 0],
    ['F1', 'gsm7', 1],
    ['F6', '8bit', 2],
    ['04', '8bit', undefined],
    ['18', 'ucs2', 0],
    ['48', 'ucs2', undefined],
    ['0C', 'gsm7', undefined],
    ['80', 'gsm7', undefined],
    ['E0', 'ucs2', undefined],
  ])('data coding scheme %s is %s, class %s', (dcs, encoding, messageClass) => {
    expect(delivered(deliver({ dcs, length: '00', data: '' })).coding).toMatchObject({
      encoding,
      messageClass,
      compressed: false,
    });
  });

  test('message waiting, and compressed text as octets', () => {
    const waiting = delivered(deliver({ dcs: 'C8', length: '00', data: '' })).coding.waiting;
    expect(waiting).toEqual({ active: true, kind: 0 });
    const compressed = delivered(deliver({ dcs: '20', length: '02', data: 'A1B2' }));
    expect(compressed.coding).toMatchObject({ compressed: true, encoding: '8bit' });
    expect(compressed.userData.octets).toEqual(Uint8Array.of(0xa1, 0xb2));
  });
});

describe('user data headers', () => {
  test('GSM 7-bit after one fill bit', () => {
    const { text, header } = delivered(deliverText('part two', { reference: 7, count: 2, part: 2 })).userData;
    expect(text).toBe('part two');
    expect(header?.concatenation).toEqual({ reference: 7, bits: 8, count: 2, part: 2 });
  });

  test('a 16-bit reference needs no fill bits', () => {
    const data = `06080412340302${packed(ascii('x'))}`;
    const { text, header } = delivered(deliver({ first: '44', length: '09', data })).userData;
    expect(text).toBe('x');
    expect(header?.concatenation).toEqual({ reference: 0x1234, bits: 16, count: 3, part: 2 });
  });

  test('8-bit data with ports, and an element that nobody knows', () => {
    const data = '0A050415B300007002AABB0102';
    const { octets, header } = delivered(deliver({ first: '44', dcs: '04', length: '0D', data })).userData;
    expect(header?.ports).toEqual({ destination: 0x15b3, source: 0 });
    expect(header?.others).toEqual([{ id: 0x70, octets: expect.anything() }]);
    expect(octets).toEqual(Uint8Array.of(1, 2));
  });

  test.each(['0500030A0200', '0500030A0203', '0500030A0000'])('%s names no part and is ignored', (header) => {
    const data = `${header}${packed(ascii('x'), 1)}`;
    const { text, header: read } = delivered(deliver({ first: '44', length: '08', data })).userData;
    expect(text).toBe('x');
    expect(read?.concatenation).toBeUndefined();
    expect(read?.others).toHaveLength(1);
  });
});

test('a status report', () => {
  const recipient = `0D91${swapped('4915112345678')}`;
  const pdu = `0006${'2A'}${recipient}62102030405000${'62102030406000'}00`;
  expect(decodeReceived(pdu)).toMatchObject({
    type: 'status-report',
    reference: 42,
    to: { text: '+4915112345678' },
    outcome: 'delivered',
    dischargedAt: Date.UTC(2026, 0, 2, 3, 4, 6),
  });
  expect(decodeReceived(`${pdu.slice(0, -2)}46`)).toMatchObject({ outcome: 'failed', status: 0x46 });
  expect(decodeReceived(`${pdu.slice(0, -2)}30`)).toMatchObject({ outcome: 'trying' });
});

test('an SMS-SUBMIT of each validity format', () => {
  const to = '0B911346610089F6';
  const tail = '0CC8F71D14969741F977FD07';
  expect(decodeSubmit(`000100${to}0000${tail}`)).toMatchObject({ validityMinutes: undefined });
  expect(decodeSubmit(`001100${to}0000AA${tail}`)).toMatchObject({
    validityMinutes: 4 * 1440,
    to: { text: '+31641600986' },
    userData: { text: 'How are you?' },
  });
  expect(decodeSubmit(`001900${to}000062102030405000${tail}`).userData.text).toBe('How are you?');
});

describe('what is broken names its field', () => {
  test.each([
    ['empty', '', 'SMSC address length'],
    ['odd digits', '079', 'hexadecimal text'],
    ['no digits', 'hello!', 'hexadecimal text'],
    ['a long service centre', `0D91${'11'.repeat(12)}`, 'SMSC address length'],
    ['an address of 21 digits', deliver({ from: `1591${'11'.repeat(11)}` }), 'originating address length'],
    ['a filler inside an address', deliver({ from: '0491F121' }), 'originating address'],
    ['161 septets', deliver({ length: 'A1', data: '00'.repeat(141) }), 'user data length'],
    ['141 octets', deliver({ dcs: '04', length: '8D', data: '00'.repeat(141) }), 'user data length'],
    ['user data cut off', deliver({ length: '06' }).slice(0, -2), 'user data'],
    ['odd UCS-2', deliver({ dcs: '08', length: '03', data: '041600' }), 'user data'],
    [
      'a header beyond the data',
      deliver({ first: '44', dcs: '04', length: '02', data: '0501' }),
      'user data header',
    ],
    ['a header beyond the septets', deliver({ first: '44', length: '01', data: '00' }), 'user data header'],
    [
      'an element beyond the header',
      deliver({ first: '44', dcs: '04', length: '04', data: '03000901' }),
      'user data header element 00',
    ],
    [
      'ports of the wrong length',
      deliver({ first: '44', dcs: '04', length: '05', data: '0405020102' }),
      'user data header element 05',
    ],
  ])('%s', (_, pdu, field) => {
    expect(() => decodeReceived(pdu)).toThrow(
      expect.objectContaining({ name: 'ModemError', code: 'bad-pdu', temporary: false, fields: { field } }),
    );
  });
});
