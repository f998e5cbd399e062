import { createHmac } from 'node:crypto';
import { TriggerError } from './errors.ts';
import { checkKey, type TriggerKey } from './key.ts';
import { encodeFields, encodeToken, TAG_BYTES, TOKEN_PREFIX, type TokenFields, tokenText } from './token.ts';

/** Seals a second trigger for `device`; one GSM-7 text of 34 characters without address, content or command. */
export function sealTrigger(key: TriggerKey, device: string, counter: number, flags = 0): string {
  return tokenText(sealTriggerBytes(key, device, counter, flags));
}

/** The same as 19 bytes, the payload of an 8-bit message with a port. */
export function sealTriggerBytes(key: TriggerKey, device: string, counter: number, flags = 0): Uint8Array {
  checkKey(key);
  const fields = { keyId: key.id, counter, flags };
  return encodeToken({ ...fields, tag: tagOf(key, device, fields) });
}

/**
 * HMAC-SHA256 over `RP1` ‖ length of the device id (1) ‖ device id ‖ all fields, cut to 80 bits. The length
 * keeps two (device, fields) pairs from spelling the same bytes.
 */
export function tagOf(key: TriggerKey, device: string, fields: TokenFields): Uint8Array {
  const name = Buffer.from(device, 'utf8');
  if (name.length < 1 || name.length > 255) {
    throw new TriggerError(`device id of ${name.length} bytes: expected 1 to 255`, { code: 'bad-device' });
  }
  const digest = createHmac('sha256', key.secret)
    .update(TOKEN_PREFIX)
    .update(Uint8Array.of(name.length))
    .update(name)
    .update(encodeFields(fields))
    .digest();
  return digest.subarray(0, TAG_BYTES);
}
