import { ModemError } from '../errors.ts';
import { isEscapePair, toSeptets } from './gsm7.ts';
import { type Concatenation, encodeHeader, type Ports } from './header.ts';
import { type EncodedUserData, MOST_OCTETS, octetData, septetData, ucs2Data } from './user-data.ts';

/** What to send: a text, or octets for an application port. */
export type Content =
  | { readonly text: string }
  | { readonly octets: Uint8Array; readonly destinationPort: number; readonly sourcePort: number };

/** 3GPP TS 23.040 9.2.3.24.1: the number of parts is one octet. */
const MOST_PARTS = 255;

/** One piece of work for all encodings: units that are cut, and how a header goes before a piece of them. */
interface Pieces {
  readonly units: number;
  /** How many units fit behind a header of so many octets. */
  readonly fit: (headerOctets: number) => number;
  /** Whether cutting before this unit would break a character. */
  readonly glued: (at: number) => boolean;
  readonly ports?: Ports;
  readonly encode: (header: Uint8Array, from: number, to: number) => EncodedUserData;
}

/**
 * User data in as many parts as it needs: GSM 7-bit when every character has a place there, else UCS-2.
 * No part ends inside an escape pair or a surrogate pair. `reference` (8 bits) joins the parts.
 * Throws `too-long` beyond 255 parts.
 */
export function splitContent(content: Content, reference: number): EncodedUserData[] {
  const pieces = piecesOf(content);
  const alone = encodeHeader(undefined, pieces.ports);
  if (pieces.units <= pieces.fit(alone.length)) return [pieces.encode(alone, 0, pieces.units)];
  const header = (count: number, part: number) => {
    const place: Concatenation = { reference: reference & 0xff, bits: 8, count, part };
    return encodeHeader(place, pieces.ports);
  };
  const cuts = cut(pieces, pieces.fit(header(1, 1).length));
  if (cuts.length > MOST_PARTS) {
    throw new ModemError(`an SMS in ${cuts.length} parts: at most ${MOST_PARTS} are possible`, {
      code: 'too-long',
      fields: { parts: cuts.length },
    });
  }
  return cuts.map(([from, to], at) => pieces.encode(header(cuts.length, at + 1), from, to));
}

function piecesOf(content: Content): Pieces {
  if ('octets' in content) return octetPieces(content);
  const septets = toSeptets(content.text);
  return septets ? septetPieces(septets) : ucs2Pieces(content.text);
}

function septetPieces(septets: readonly number[]): Pieces {
  return {
    units: septets.length,
    fit: (header) => Math.floor(((MOST_OCTETS - header) * 8) / 7),
    glued: (at) => isEscapePair(septets, at),
    encode: (header, from, to) => septetData(header, septets.slice(from, to)),
  };
}

function ucs2Pieces(text: string): Pieces {
  const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
  const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000;
  return {
    units: text.length,
    fit: (header) => Math.floor((MOST_OCTETS - header) / 2),
    glued: (at) => isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at)),
    encode: (header, from, to) => ucs2Data(header, text.slice(from, to)),
  };
}

function octetPieces(content: Extract<Content, { octets: Uint8Array }>): Pieces {
  return {
    units: content.octets.length,
    fit: (header) => MOST_OCTETS - header,
    glued: () => false,
    ports: { destination: content.destinationPort, source: content.sourcePort },
    encode: (header, from, to) => octetData(header, content.octets.subarray(from, to)),
  };
}

function cut({ units, glued }: Pieces, fit: number): [number, number][] {
  const cuts: [number, number][] = [];
  for (let from = 0; from < units; ) {
    let to = Math.min(from + fit, units);
    if (to < units && glued(to)) to -= 1;
    cuts.push([from, to]);
    from = to;
  }
  return cuts;
}
