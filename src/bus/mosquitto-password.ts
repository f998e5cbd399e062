import { pbkdf2Sync, randomBytes } from 'node:crypto';

/** As `mosquitto_passwd` of 2.0 writes them: PBKDF2-HMAC-SHA512, 101 rounds, 12 bytes of salt, 64 of hash. */
const ROUNDS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

/**
 * A line of Mosquitto's `password_file`, `NAME:$7$ROUNDS$SALT$HASH`. The few rounds suit Mosquitto, which computes them
 * in the one thread that serves everybody; our passwords are random, and no number of rounds makes those weaker or stronger.
 */
export function mosquittoPasswordLine(
  { name, password }: { readonly name: string; readonly password: string },
  salt: Uint8Array = randomBytes(SALT_BYTES),
): string {
  const hash = pbkdf2Sync(password, salt, ROUNDS, HASH_BYTES, 'sha512');
  return `${name}:$7$${ROUNDS}$${Buffer.from(salt).toString('base64')}$${hash.toString('base64')}`;
}
