import { nearestSeptets, packSeptets, textOfSeptets, unpackSeptets } from './gsm7.ts';
import type { OctetReader } from './reader.ts';

const INTERNATIONAL = 0x91;
const UNKNOWN = 0x81;
const ALPHANUMERIC = 0xd0;
const TYPE_OF_NUMBER = 0x70;

/** Digits as semi-octets (3GPP TS 23.040 9.1.2.3): the first digit in the low half, F fills the last. */
const DIGITS = '0123456789*#abc';

/** Type of address octet of a number or a name, as AT commands show it: 145 international, 129 unknown, 208 letters. */
export function typeOfAddress(address: string): number {
  if (address.startsWith('+')) return INTERNATIONAL;
  return /^[0-9*#abc]*$/i.test(address) ? UNKNOWN : ALPHANUMERIC;
}

/** An address field of a TPDU (TS 23.040 9.1.2.5): length in useful semi-octets, type, value. */
export function encodeAddress(address: string): Uint8Array {
  const type = typeOfAddress(address);
  if (type === ALPHANUMERIC) {
    const septets = nearestSeptets(address).slice(0, 11);
    return Uint8Array.from([Math.ceil((septets.length * 7) / 4), type, ...packSeptets(septets)]);
  }
  const digits = address.replace('+', '');
  return Uint8Array.from([digits.length, type, ...encodeDigits(digits)]);
}

export function readAddress(reader: OctetReader): string {
  const length = reader.octet();
  const type = reader.octet();
  return decodeAddress(type, reader.take(Math.ceil(length / 2)), length);
}

/** A service centre address (TS 24.011 8.2.5.1): here the length counts octets, with the type. */
export function encodeServiceCentre(address: string): Uint8Array {
  const value = encodeDigits(address.replace('+', ''));
  return Uint8Array.from([value.length + 1, typeOfAddress(address), ...value]);
}

/** Undefined for length 0, which means: the one that is set with +CSCA. */
export function readServiceCentre(reader: OctetReader): string | undefined {
  const length = reader.octet();
  if (length === 0) return undefined;
  const type = reader.octet();
  return decodeAddress(type, reader.take(length - 1), (length - 1) * 2);
}

function decodeAddress(type: number, value: Uint8Array, semiOctets: number): string {
  if ((type & TYPE_OF_NUMBER) === (ALPHANUMERIC & TYPE_OF_NUMBER)) {
    return textOfSeptets(unpackSeptets(value, Math.floor((semiOctets * 4) / 7)));
  }
  const digits = [...value].flatMap((octet) => [octet & 0x0f, octet >> 4]).slice(0, semiOctets);
  const text = digits.map((digit) => DIGITS[digit] ?? '').join('');
  return (type & TYPE_OF_NUMBER) === (INTERNATIONAL & TYPE_OF_NUMBER) ? `+${text}` : text;
}

function encodeDigits(digits: string): number[] {
  const values = [...digits.toLowerCase()].map((digit) => Math.max(0, DIGITS.indexOf(digit)));
  const octets: number[] = [];
  for (let at = 0; at < values.length; at += 2)
    octets.push((values[at] ?? 0) | ((values[at + 1] ?? 0xf) << 4));
  return octets;
}
