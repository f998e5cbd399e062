import { fromBase32, toBase32 } from './base32.ts';
import { TriggerError } from './errors.ts';

/** First characters of every token: the product and the version of the format. */
export const TOKEN_PREFIX = 'RP1';
/** Base32 characters after the prefix. */
export const TOKEN_CHARACTERS = 31;
/** Bytes behind these characters, and of a token in an 8-bit message. */
export const TOKEN_BYTES = 19;
/** Bytes of the tag: HMAC-SHA256 cut to 80 bits. */
export const TAG_BYTES = 10;
/** The counter has 48 bits. */
export const MAX_COUNTER = 2 ** 48 - 1;

const FIELD_BYTES = TOKEN_BYTES - TAG_BYTES;

/** What a token says; nobody has checked its tag yet. */
export interface TokenFields {
  readonly keyId: number;
  readonly counter: number;
  readonly flags: number;
}

export interface Token extends TokenFields {
  /** 10 bytes. */
  readonly tag: Uint8Array;
}

/** key id (2) ‖ counter (6) ‖ flags (1), big-endian. Throws TriggerError `bad-field` when one does not fit. */
export function encodeFields({ keyId, counter, flags }: TokenFields): Uint8Array {
  checkField('key id', keyId, 0, 0xffff);
  // 0 means "none yet" in hello and in the replay guard, so it is never sent.
  checkField('counter', counter, 1, MAX_COUNTER);
  checkField('flags', flags, 0, 0xff);
  const bytes = Buffer.alloc(FIELD_BYTES);
  bytes.writeUInt16BE(keyId, 0);
  bytes.writeUIntBE(counter, 2, 6);
  bytes.writeUInt8(flags, 8);
  return bytes;
}

/** The 19 bytes of a token. */
export function encodeToken(token: Token): Uint8Array {
  return Buffer.concat([encodeFields(token), token.tag]);
}

/** Reads 19 bytes; undefined when there are more or fewer. */
export function decodeToken(bytes: Uint8Array): Token | undefined {
  if (bytes.length !== TOKEN_BYTES) return undefined;
  const view = Buffer.from(bytes);
  return {
    keyId: view.readUInt16BE(0),
    counter: view.readUIntBE(2, 6),
    flags: view.readUInt8(8),
    tag: view.subarray(FIELD_BYTES),
  };
}

/** `RP1` and 31 characters, all in the GSM 7-bit default alphabet. */
export function tokenText(bytes: Uint8Array): string {
  return TOKEN_PREFIX + toBase32(bytes);
}

/** A place in a text that looks like a token. */
export type Candidate = { readonly token: Token } | { readonly problem: 'malformed' | 'oversized' };

/** Every `RP1` in the text with the Base32 characters behind it, in order. Gateways put text around it. */
export function findTokens(text: string): Candidate[] {
  const matches = text.matchAll(/RP1((?:(?!RP1)[A-Z2-7])*)/g);
  return Array.from(matches, (match) => readCharacters(match[1] ?? ''));
}

function readCharacters(characters: string): Candidate {
  if (characters.length > TOKEN_CHARACTERS) return { problem: 'oversized' };
  const bytes = fromBase32(characters);
  const token = bytes && decodeToken(bytes);
  return token ? { token } : { problem: 'malformed' };
}

function checkField(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new TriggerError(`trigger token: ${name} ${value} is not within ${least} to ${most}`, {
    code: 'bad-field',
    fields: { name, value },
  });
}
