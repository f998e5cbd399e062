import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packSeptets, septetsOf, textOfSeptets, unpackSeptets } from '../../src/simulator/tpdu/gsm7.ts';
import { fromHex, toHex } from '../../src/simulator/tpdu/reader.ts';
import { encodeDeliver, parseDeliver, parseSubmit } from '../../src/simulator/tpdu/tpdu.ts';
import { textOf, userDataOf } from '../../src/simulator/tpdu/user-data.ts';

const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array();

test('packs the septets of the textbook example', () => {
  expect(toHex(packSeptets(septetsOf('hellohello') ?? []))).toBe('E8329BFD4697D9EC37');
});

test('packing and unpacking are each other’s inverse at every bit offset', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 127 })), fc.nat(6), (septets, bit) => {
      expect(unpackSeptets(packSeptets(septets, bit), septets.length, bit)).toEqual(septets);
    }),
  );
});

test('every letter of the alphabet and its extension table comes back', () => {
  const letters = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&?¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€\f';
  expect(textOfSeptets(septetsOf(letters) ?? [])).toBe(letters);
  expect(septetsOf('жук')).toBeUndefined();
});

test('takes a SUBMIT with a relative validity period apart', () => {
  const submit = parseSubmit(bytes('11000B915121551532F40000A70AE8329BFD4697D9EC37'));
  expect(submit).toMatchObject({ to: '+15125551234', dcs: 0, length: 10, wantsReport: false });
  expect(textOf(submit)).toBe('hellohello');
});

test.each([
  '',
  '11',
  '11000B9151',
  '11000B915121551532F40000A7FFE8',
  '04',
  '11000B915121551532F40000A70AE8329BFD4697D9EC3700',
])('refuses the broken SUBMIT %s', (hex) => {
  expect(() => parseSubmit(bytes(hex))).toThrow(expect.objectContaining({ code: 'bad-tpdu' }));
});

test('writes a DELIVER with an alphanumeric sender', () => {
  const [data] = userDataOf('hellohello', 1);
  const at = Date.UTC(2026, 0, 31, 23, 59, 58);
  const tpdu = encodeDeliver({ ...data!, from: 'Ringpost', pid: 0 }, at);
  expect(toHex(tpdu)).toBe('040ED0D2B4FB0C7FCFE9' + '0000' + '62101332958500' + '0AE8329BFD4697D9EC37');
  expect(parseDeliver(tpdu)).toMatchObject({ from: 'Ringpost', timestamp: '26/01/31,23:59:58+00' });
});

test('any text survives being cut into parts', () => {
  const letters = fc.string({
    unit: fc.constantFrom('a', '€', '{', 'ä', ' ', '\n', 'ж', '😀'),
    maxLength: 500,
  });
  fc.assert(
    fc.property(letters, (text) => {
      const parts = userDataOf(text, 7);
      for (const part of parts) expect(part.octets.length).toBeLessThanOrEqual(140);
      expect(
        Buffer.concat(parts.map((part) => Buffer.from(textOf(part), 'utf16le'))).toString('utf16le'),
      ).toBe(text);
    }),
  );
});
