import { nearestSeptets, packSeptets, septetsOf, textOfSeptets, unpackSeptets } from './gsm7.ts';
import { toHex } from './reader.ts';

/** What a message carries, coded (3GPP TS 23.040 9.2.3.24). */
export interface UserData {
  /** Data coding scheme, TS 23.038 4. */
  readonly dcs: number;
  /** Whether `octets` begin with a user data header. */
  readonly hasHeader: boolean;
  /** TP-UDL: septets for the 7-bit alphabet (header included), else octets. */
  readonly length: number;
  readonly octets: Uint8Array;
}

export type Alphabet = 'gsm7' | 'octets' | 'ucs2';

export const DCS_GSM7 = 0x00;
export const DCS_OCTETS = 0x04;
export const DCS_UCS2 = 0x08;

const SEPTETS_ALONE = 160;
const SEPTETS_PART = 153;
const UCS2_OCTETS_ALONE = 140;
const UCS2_OCTETS_PART = 134;

/** Which alphabet a data coding scheme means (TS 23.038 4). */
export function alphabetOf(dcs: number): Alphabet {
  const group = dcs >> 4;
  if (group === 0xf) return dcs & 4 ? 'octets' : 'gsm7';
  if (group === 0xe) return 'ucs2';
  if (group >= 8) return 'gsm7';
  const bits = dcs & 0x0c;
  if (bits === DCS_OCTETS) return 'octets';
  return bits === DCS_UCS2 ? 'ucs2' : 'gsm7';
}

/** Octets that user data of this coding and TP-UDL takes. */
export function octetsOf(dcs: number, length: number): number {
  return alphabetOf(dcs) === 'gsm7' ? Math.ceil((length * 7) / 8) : length;
}

/** One or more parts for a text, in the 7-bit alphabet when it fits, else UCS-2. `reference` joins the parts (0-255). */
export function userDataOf(text: string, reference: number): UserData[] {
  const septets = septetsOf(text);
  if (septets)
    return split(septets, SEPTETS_ALONE, SEPTETS_PART, isEscape).map((part, at, all) =>
      gsm7(part, all.length > 1 ? header(reference, all.length, at + 1) : []),
    );
  const octets = [...Buffer.from(text, 'utf16le').swap16()];
  return split(octets, UCS2_OCTETS_ALONE, UCS2_OCTETS_PART, () => false).map((part, at, all) =>
    ucs2(part, all.length > 1 ? header(reference, all.length, at + 1) : []),
  );
}

/** One part, whatever the letters: for a modem in text mode. */
export function gsm7DataOf(text: string): UserData {
  return gsm7(nearestSeptets(text).slice(0, SEPTETS_ALONE), []);
}

/** The text; hexadecimal digits for 8-bit data. */
export function textOf(data: UserData): string {
  const header = data.hasHeader ? (data.octets[0] ?? 0) + 1 : 0;
  const alphabet = alphabetOf(data.dcs);
  if (alphabet === 'octets') return toHex(data.octets.subarray(header));
  if (alphabet === 'ucs2')
    return Buffer.from(evenLength(data.octets.subarray(header)))
      .swap16()
      .toString('utf16le');
  const skipped = Math.ceil((header * 8) / 7);
  return textOfSeptets(unpackSeptets(data.octets, Math.max(0, data.length - skipped), skipped * 7));
}

function gsm7(septets: readonly number[], header: readonly number[]): UserData {
  const skipped = Math.ceil((header.length * 8) / 7);
  const octets = packSeptets(septets, skipped * 7);
  octets.set(header);
  return { dcs: DCS_GSM7, hasHeader: header.length > 0, length: skipped + septets.length, octets };
}

function ucs2(part: readonly number[], header: readonly number[]): UserData {
  const octets = Uint8Array.from([...header, ...part]);
  return { dcs: DCS_UCS2, hasHeader: header.length > 0, length: octets.length, octets };
}

/** Concatenated short messages, 8-bit reference (TS 23.040 9.2.3.24.1). */
function header(reference: number, parts: number, part: number): number[] {
  return [5, 0x00, 3, reference & 0xff, parts, part];
}

/** An escape must not be parted from the septet that it changes. */
function split(
  units: readonly number[],
  alone: number,
  each: number,
  mustNotBeLast: (unit: number | undefined) => boolean,
): number[][] {
  if (units.length <= alone) return [[...units]];
  const parts: number[][] = [];
  for (let at = 0; at < units.length; ) {
    const size = mustNotBeLast(units[at + each - 1]) && at + each < units.length ? each - 1 : each;
    parts.push(units.slice(at, at + size));
    at += size;
  }
  return parts;
}

function isEscape(septet: number | undefined): boolean {
  return septet === 0x1b;
}

function evenLength(octets: Uint8Array): Uint8Array {
  return Uint8Array.from(octets.subarray(0, octets.length & ~1));
}
