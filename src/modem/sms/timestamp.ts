import { badPdu, type OctetReader } from './octets.ts';

const QUARTER_HOUR_MS = 15 * 60_000;

/**
 * Reads seven octets of swapped decimal digits (3GPP TS 23.040 9.2.3.11): local time and its distance from
 * GMT in quarters of an hour. Milliseconds since 1970.
 */
export function readTimestamp(reader: OctetReader, field: string): number {
  const octets = reader.take(7, field);
  const [year, month, day, hour, minute, second] = [0, 1, 2, 3, 4, 5].map((at) =>
    decimal(octets[at] ?? 0, field),
  ) as [number, number, number, number, number, number];
  const local = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  const back = new Date(local);
  const exists =
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    back.getUTCHours() === hour &&
    back.getUTCMinutes() === minute &&
    back.getUTCSeconds() === second;
  if (!exists) throw badPdu(field, `no such time: ${year}-${month}-${day} ${hour}:${minute}:${second}`);
  return local - zone(octets[6] ?? 0, field) * QUARTER_HOUR_MS;
}

/** Bit 3 of the octet is the sign: it is the highest bit of the first digit. */
function zone(octet: number, field: string): number {
  const quarters = decimal(octet & 0xf7, `${field} zone`);
  return octet & 8 ? -quarters : quarters;
}

function decimal(octet: number, field: string): number {
  const tens = octet & 15;
  const ones = octet >> 4;
  if (tens > 9 || ones > 9) throw badPdu(field, 'not decimal digits');
  return tens * 10 + ones;
}
