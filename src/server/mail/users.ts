import type { DevicePasswords } from './device-passwords.ts';
import { isPasswordHash, isSameText, PasswordChecker, readHash } from './password-hash.ts';

/** Somebody who has mail here. */
export interface MailUser {
  /** Log-in name; also names the directory of the mail. */
  readonly name: string;
  /** `scrypt$N$r$p$salt$key` as `hashPassword` makes it, or, for demos, the password itself. */
  readonly password: string;
  /** Where mail comes in, `anna@example.org`; `anna+anything@example.org` comes in as well. */
  readonly addresses: readonly string[];
  /** Remote device id that the user's INBOX carries. */
  readonly device?: string | undefined;
}

/** The users of a mail server. */
export interface Users {
  readonly all: readonly MailUser[];
  /** The user if the password is right. Takes as long for an unknown name. */
  authenticate(name: string, password: string): Promise<MailUser | undefined>;
  /** Whose address this is. Upper and lower case make no difference. */
  byAddress(address: string): MailUser | undefined;
}

/**
 * The users, each with the password of the configuration and those of the user's devices. Throws MailServerError
 * `bad-password-hash` when a password begins with `scrypt$` and is no such hash.
 */
export function makeUsers(users: readonly MailUser[], devices?: DevicePasswords): Users {
  const byName = new Map(users.map((user) => [user.name, user]));
  const byAddress = new Map(
    users.flatMap((user) => user.addresses.map((address) => [normalise(address), user] as const)),
  );
  const hashed = users.filter(({ password }) => isPasswordHash(password));
  for (const { name, password } of hashed) readHash(password, name);
  const checker = new PasswordChecker();
  const anyHash = () => hashed[0]?.password ?? devices?.hashes[0];
  const isRight = async (password: string, wanted: string, name: string) =>
    isPasswordHash(wanted) ? checker.isRight(password, wanted, name) : isSameText(password, wanted);
  return {
    all: users,
    async authenticate(name, password) {
      const user = byName.get(name);
      const wanted = user && (devices?.hashFor(name, password) ?? user.password);
      if (user && wanted !== undefined && (await isRight(password, wanted, name))) return user;
      // One hash is computed for each refusal, so that its time tells nothing about the name.
      const waste = wanted !== undefined && isPasswordHash(wanted) ? undefined : anyHash();
      if (waste !== undefined) await checker.waste(password, waste);
      return undefined;
    },
    byAddress: (address) => byAddress.get(normalise(address)),
  };
}

/** `Anna+List@Example.org` is `anna@example.org`. */
function normalise(address: string): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at < 0 ? undefined : at);
  const domain = at < 0 ? '' : address.slice(at);
  const plus = local.indexOf('+', 1);
  return `${plus < 0 ? local : local.slice(0, plus)}${domain}`.toLowerCase();
}
