import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { MailServerError } from './errors.ts';

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);
const COST = { N: 16_384, r: 8, p: 1 };
const KEY_BYTES = 32;
/** scrypt needs 128 * N * r bytes; more than this is refused. */
const MAX_MEMORY = 256 * 1024 * 1024;

/** `scrypt$N$r$p$salt$key`, for configuration files. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, KEY_BYTES, { ...COST, maxmem: MAX_MEMORY });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

export function isPasswordHash(text: string): boolean {
  return text.startsWith('scrypt$');
}

/** Compares without telling how much is alike. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

/**
 * Checks passwords. One that was right is known again by a quick digest under a key that only this process has: on a Pi,
 * scrypt would cost each push session a tenth of a second.
 */
export class PasswordChecker {
  readonly #key = randomBytes(32);
  readonly #right = new Map<string, Buffer>();

  /** Throws MailServerError `bad-password-hash`. */
  async isRight(password: string, hash: string, user: string): Promise<boolean> {
    const { salt, key, cost } = readHash(hash, user);
    const quick = createHmac('sha256', this.#key).update(password, 'utf8').digest();
    const known = this.#right.get(hash);
    if (known && timingSafeEqual(known, quick)) return true;
    const right = timingSafeEqual(await derive(password, salt, key.length, cost), key);
    if (right) this.#right.set(hash, quick);
    return right;
  }

  /** Takes as long as a check. */
  async waste(password: string, hash: string): Promise<false> {
    const { salt, key, cost } = readHash(hash, '');
    await derive(password, salt, key.length, cost);
    return false;
  }
}

/** Throws MailServerError `bad-password-hash`. */
export function readHash(hash: string, user: string) {
  const match = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(hash);
  const [N = 0, r = 0, p = 0] = (match ?? []).slice(1, 4).map(Number);
  const [salt, key] = (match ?? []).slice(4).map((text) => Buffer.from(text, 'base64'));
  if (!salt || !key || key.length < 16 || N < 2 || (N & (N - 1)) !== 0 || r < 1 || p < 1) {
    throw new MailServerError(`The password hash of user ${user} is no scrypt$N$r$p$salt$key`, {
      code: 'bad-password-hash',
      fields: { user },
    });
  }
  return { salt, key, cost: { N, r, p, maxmem: MAX_MEMORY } };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
