import { ModemError } from '../errors.ts';
import { fromSeptets, unpackSeptets } from './gsm7.ts';
import { badPdu, type OctetReader } from './octets.ts';

/** Type of number, bits 6 to 4 of the type-of-address (3GPP TS 23.040 9.1.2.5). */
const TYPES = [
  'unknown',
  'international',
  'national',
  'network-specific',
  'subscriber',
  'alphanumeric',
  'abbreviated',
  'reserved',
] as const;

/** An address in a PDU. */
export interface Address {
  readonly type: (typeof TYPES)[number];
  /** `+491511…` when international, else the digits as they are; the letters of an alphanumeric one. */
  readonly text: string;
}

/** Semi-octets 0 to 14; 15 only fills (3GPP TS 23.040 9.1.2.3). */
const DIGITS = '0123456789*#abc';
/** 3GPP TS 23.040 9.1.2.5: an address holds 10 octets of digits. */
const MOST_DIGITS = 20;
/** Type-of-address and 10 octets of digits, one more as some SMSCs do. */
const LONGEST_SMSC = 12;

/** Reads a TP address: its length counts digits. */
export function readAddress(reader: OctetReader, field: string): Address {
  const count = reader.octet(`${field} length`);
  if (count > MOST_DIGITS) throw badPdu(`${field} length`, `${count} digits, at most ${MOST_DIGITS} fit`);
  const type = readType(reader, field);
  const octets = reader.take(Math.ceil(count / 2), field);
  if (type !== 'alphanumeric') return { type, text: numberOf(type, digitsOf(octets, count, field)) };
  return { type, text: fromSeptets(unpackSeptets(octets, Math.floor((count * 4) / 7))) };
}

/** Reads the service centre's address before the TPDU: its length counts octets; 0 means none. */
export function readSmsc(reader: OctetReader): Address | undefined {
  const field = 'SMSC address';
  const count = reader.octet(`${field} length`);
  if (count === 0) return undefined;
  if (count > LONGEST_SMSC)
    throw badPdu(`${field} length`, `${count} octets, at most ${LONGEST_SMSC} are one`);
  const type = readType(reader, field);
  const octets = reader.take(count - 1, field);
  const filled = octets.length > 0 && (octets[octets.length - 1] ?? 0) >> 4 === 15;
  return { type, text: numberOf(type, digitsOf(octets, octets.length * 2 - (filled ? 1 : 0), field)) };
}

/** A TP address of a telephone number (`+49…` or digits, `*`, `#`); throws `bad-number`. */
export function encodeAddress(number: string): Uint8Array {
  if (!/^\+?[0-9*#]{1,20}$/.test(number)) {
    throw new ModemError(
      'a number for an SMS: expected up to 20 of 0-9, * and #, with or without a leading +',
      {
        code: 'bad-number',
      },
    );
  }
  const international = number.startsWith('+');
  const digits = [...number.slice(international ? 1 : 0)].map((digit) => DIGITS.indexOf(digit));
  if (digits.length % 2 === 1) digits.push(15);
  const octets = digits.flatMap((low, at) => (at % 2 === 0 ? [low | ((digits[at + 1] ?? 15) << 4)] : []));
  return Uint8Array.of(number.length - (international ? 1 : 0), international ? 0x91 : 0x81, ...octets);
}

function readType(reader: OctetReader, field: string): Address['type'] {
  return TYPES[(reader.octet(`${field} type`) >> 4) & 7] ?? 'reserved';
}

function digitsOf(octets: Uint8Array, count: number, field: string): string {
  let text = '';
  for (let at = 0; at < count; at += 1) {
    const octet = octets[at >> 1] ?? 0;
    const digit = DIGITS[at % 2 === 0 ? octet & 15 : octet >> 4];
    if (digit === undefined) throw badPdu(field, `digit ${at + 1} is a filler`);
    text += digit;
  }
  return text;
}

function numberOf(type: Address['type'], digits: string): string {
  return type === 'international' ? `+${digits}` : digits;
}
