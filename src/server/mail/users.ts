import { makeAddresses } from './addresses.ts';
import type { DevicePasswords } from './device-passwords.ts';
import { isPasswordHash, isSameText, PasswordChecker, readHash } from './password-hash.ts';

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

/** Somebody who has logged in. */
export interface LogIn {
  readonly user: MailUser;
  /** Whether the password still lets in: a device's own may have been taken back meanwhile. */
  holds(): boolean;
}

/** The users of a mail server. */
export interface Users {
  readonly all: readonly MailUser[];
  /** Undefined when the password is wrong. Takes as long for an unknown name. */
  authenticate(name: string, password: string): Promise<LogIn | undefined>;
  /** Whose address this is (see `makeAddresses`). */
  byAddress(address: string): MailUser | undefined;
  /** Whether the device is the user's own: the configuration says so, or it was enrolled for this user. */
  owns(user: MailUser, device: string): boolean;
}

interface UsersOptions {
  readonly devicePasswords?: DevicePasswords | undefined;
  /** The user who gets the mail for `postmaster`; default the first. */
  readonly postmaster?: string | undefined;
}

/**
 * The users, each with the password of the configuration and those of the user's devices. Throws MailServerError
 * `bad-password-hash` when a password begins with `scrypt$` and is no such hash.
 */
export function makeUsers(users: readonly MailUser[], options: UsersOptions = {}): Users {
  const { devicePasswords: devices, postmaster } = options;
  const byName = new Map(users.map((user) => [user.name, user]));
  const addresses = makeAddresses(users, postmaster);
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
      const own = user && devices?.find(name, password);
      const wanted = own?.hash ?? user?.password;
      if (user && wanted !== undefined && (await isRight(password, wanted, name)))
        return { user, holds: () => !own || devices?.holds(own) === true };
      // One hash is computed for each refusal, so that its time tells nothing about the name.
      const waste = wanted !== undefined && isPasswordHash(wanted) ? undefined : anyHash();
      if (waste !== undefined) await checker.waste(password, waste);
      return undefined;
    },
    byAddress: (address) => addresses.find(address),
    owns: ({ name, device: own }, device) => own === device || devices?.userOf(device) === name,
  };
}
