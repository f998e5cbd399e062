import { CODING_OCTET, type Coding, type Encoding } from './coding.ts';
import { fromSeptets, packSeptets, unpackSeptets } from './gsm7.ts';
import { type Header, readHeader } from './header.ts';
import { badPdu, OctetReader } from './octets.ts';

/** TP-User-Data, decoded. */
export interface UserData {
  readonly header: Header | undefined;
  /** The text; of 8-bit data its octets as Latin-1. */
  readonly text: string;
  /** The payload of 8-bit (or compressed) data. */
  readonly octets: Uint8Array | undefined;
}

/** TP-User-Data ready to send. */
export interface EncodedUserData {
  readonly coding: number;
  readonly hasHeader: boolean;
  /** TP-User-Data-Length: septets of GSM 7-bit, octets of the others. */
  readonly length: number;
  readonly octets: Uint8Array;
}

/** 3GPP TS 23.040 9.2.3.24. */
export const MOST_OCTETS = 140;
const MOST_SEPTETS = 160;

/** Reads TP-User-Data-Length and what it counts. Octets behind it are left unread. */
export function readUserData(reader: OctetReader, coding: Coding, hasHeader: boolean): UserData {
  const length = reader.octet('user data length');
  const septets = coding.encoding === 'gsm7';
  const most = septets ? MOST_SEPTETS : MOST_OCTETS;
  if (length > most) throw badPdu('user data length', `${length}, at most ${most} are possible`);
  const octets = reader.take(septets ? Math.ceil((length * 7) / 8) : length, 'user data');
  const headerOctets = hasHeader ? splitHeader(octets) : undefined;
  const header = headerOctets && readHeader(headerOctets.subarray(1));
  const start = headerOctets?.length ?? 0;
  if (septets) return { header, text: septetText(octets, length, start), octets: undefined };
  const payload = octets.subarray(start);
  if (coding.encoding === 'ucs2') return { header, text: utf16(payload), octets: undefined };
  return { header, text: Buffer.from(payload).toString('latin1'), octets: Uint8Array.from(payload) };
}

/** Puts a header before septets, with fill bits up to a septet boundary. */
export function septetData(header: Uint8Array, septets: readonly number[]): EncodedUserData {
  const headerSeptets = Math.ceil((header.length * 8) / 7);
  const packed = packSeptets(septets, headerSeptets * 7 - header.length * 8);
  return encoded('gsm7', header, packed, headerSeptets + septets.length);
}

/** Puts a header before UCS-2 text. */
export function ucs2Data(header: Uint8Array, text: string): EncodedUserData {
  const octets = Buffer.from(text, 'utf16le').swap16();
  return encoded('ucs2', header, octets, header.length + octets.length);
}

/** Puts a header before 8-bit data. */
export function octetData(header: Uint8Array, octets: Uint8Array): EncodedUserData {
  return encoded('8bit', header, octets, header.length + octets.length);
}

function encoded(encoding: Encoding, header: Uint8Array, body: Uint8Array, length: number): EncodedUserData {
  const octets = Uint8Array.from([...header, ...body]);
  return { coding: CODING_OCTET[encoding], hasHeader: header.length > 0, length, octets };
}

function splitHeader(octets: Uint8Array): Uint8Array {
  const reader = new OctetReader(octets);
  const length = reader.octet('user data header length');
  reader.take(length, 'user data header');
  return octets.subarray(0, length + 1);
}

function septetText(octets: Uint8Array, length: number, headerLength: number): string {
  const headerSeptets = Math.ceil((headerLength * 8) / 7);
  if (headerSeptets > length) throw badPdu('user data header', 'longer than the user data');
  const fill = headerSeptets * 7 - headerLength * 8;
  return fromSeptets(unpackSeptets(octets.subarray(headerLength), length - headerSeptets, fill));
}

function utf16(octets: Uint8Array): string {
  if (octets.length % 2 === 1)
    throw badPdu('user data', `UCS-2 text of ${octets.length} octets, an odd number`);
  return Buffer.from(octets).swap16().toString('utf16le');
}
