import { TriggerError } from './errors.ts';

/** Bytes of a device key. */
export const SECRET_BYTES = 32;

/** The key that a message server shares with one device. */
export interface TriggerKey {
  /** 0 to 65535; a new key gets a new id, so that both are good while they are exchanged. */
  readonly id: number;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/** Throws TriggerError `bad-key` unless the key can seal and verify. */
export function checkKey(key: TriggerKey): void {
  const { id, secret } = key;
  if (Number.isInteger(id) && id >= 0 && id <= 0xffff && secret.length === SECRET_BYTES) return;
  throw new TriggerError(
    `trigger key ${id}: expected an id of 0 to 65535 and ${SECRET_BYTES} bytes, got ${secret.length} bytes`,
    { code: 'bad-key', fields: { id, length: secret.length } },
  );
}
