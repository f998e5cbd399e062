import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { makeAddresses } from './addresses.ts';
import { MailServerError } from './errors.ts';

/** Somebody who has mail here. */
export interface MailUser {
  /** Log-in name; also names the directory of the mail. */
  readonly name: string;
  /** `scrypt$N$r$p$salt$key` as `hashPassword` makes it, or, for demos, the password itself. */
  readonly password: string;
  /** Where mail comes in, `anna@example.org`; `anna+anything@example.org` comes in as well. `*@example.org`: all the rest there. */
  readonly addresses: readonly string[];
  /** Remote device id that the user's INBOX carries. */
  readonly device?: string | undefined;
}

/** The users of a mail server. */
export interface Users {
  readonly all: readonly MailUser[];
  /** The user if the password is right. Takes as long for an unknown name. */
  authenticate(name: string, password: string): Promise<MailUser | undefined>;
  /** Whose address this is (see `makeAddresses`). */
  byAddress(address: string): MailUser | undefined;
}

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);
const COST = { N: 16_384, r: 8, p: 1 };
const KEY_BYTES = 32;
/** scrypt needs 128 * N * r bytes; more than this is refused. */
const MAX_MEMORY = 256 * 1024 * 1024;

/** For configuration files. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, KEY_BYTES, { ...COST, maxmem: MAX_MEMORY });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/** `postmaster`: who gets that mail, default the first user. Throws MailServerError `bad-password-hash` when a password begins with `scrypt$` and is no such hash. */
export function makeUsers(users: readonly MailUser[], postmaster?: string | undefined): Users {
  const byName = new Map(users.map((user) => [user.name, { user, check: makeCheck(user) }]));
  const addresses = makeAddresses(users, postmaster);
  const strangers = makeCheck({ name: '', password: randomBytes(32).toString('base64'), addresses: [] });
  const anyHash = [...byName.values()].find(({ user }) => user.password.startsWith('scrypt$'));
  return {
    all: users,
    async authenticate(name, password) {
      const known = byName.get(name);
      const check = known?.check ?? anyHash?.check ?? strangers;
      return (await check(password)) && known ? known.user : undefined;
    },
    byAddress: (address) => addresses.find(address),
  };
}

function makeCheck(user: MailUser): (password: string) => Promise<boolean> {
  if (!user.password.startsWith('scrypt$')) {
    const wanted = digest(user.password);
    return async (password) => timingSafeEqual(digest(password), wanted);
  }
  const { salt, key, cost } = readHash(user);
  return async (password) => timingSafeEqual(await derive(password, salt, key.length, cost), key);
}

function readHash(user: MailUser) {
  const match = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/.exec(user.password);
  const [N = 0, r = 0, p = 0] = (match ?? []).slice(1, 4).map(Number);
  const [salt, key] = (match ?? []).slice(4).map((text) => Buffer.from(text, 'base64'));
  if (!salt || !key || key.length < 16 || N < 2 || (N & (N - 1)) !== 0 || r < 1 || p < 1) {
    throw new MailServerError(`The password hash of user ${user.name} is no scrypt$N$r$p$salt$key`, {
      code: 'bad-password-hash',
      fields: { user: user.name },
    });
  }
  return { salt, key, cost: { N, r, p, maxmem: MAX_MEMORY } };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
