import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
/** Dovecot's own default; the passwords have 144 random bits, which no number of rounds makes better. */
const ROUNDS = 5000;

/**
 * A line for Dovecot's passwd-file, `user:{PBKDF2}$1$SALT$ROUNDS$KEY`: PBKDF2 with HMAC-SHA1 (RFC 8018), 20 bytes, in hex
 * (Dovecot 2.3, src/auth/password-scheme-pbkdf2.c).
 */
export async function dovecotLine(user: string, password: string): Promise<string> {
  const salt = randomBytes(8).toString('hex');
  const key = await derive(password, salt, ROUNDS, 20, 'sha1');
  return `${user}:{PBKDF2}$1$${salt}$${ROUNDS}$${key.toString('hex')}::::::`;
}
