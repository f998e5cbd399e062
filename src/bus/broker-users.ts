import { createHash, timingSafeEqual } from 'node:crypto';
import type { BusUser } from './access.ts';

/** A user of the embedded broker, with the password or with something that checks it (scrypt and the like). */
export interface BrokerUser extends BusUser {
  readonly password: string | ((password: Buffer) => boolean | Promise<boolean>);
}

/** A fixed list, or a look-up that may change while the broker runs. */
export type BrokerUsers = readonly BrokerUser[] | ((name: string) => BrokerUser | undefined);

/** Compared with when there is no such user, so that a name is not found out by the time of the answer. */
const NOBODY: BrokerUser = { name: '', role: 'device', password: '' };

/** The user, or undefined when the name is unknown, the password wrong or the client id somebody else's. */
export async function authenticate(
  users: BrokerUsers,
  who: { clientId: string; name: string | undefined; password: Buffer | undefined },
): Promise<BrokerUser | undefined> {
  const found = findUser(users, who.name ?? '');
  const right = await passwordIs(found ?? NOBODY, who.password ?? Buffer.alloc(0));
  return found && right && ownsClientId(found, who.clientId) ? found : undefined;
}

function findUser(users: BrokerUsers, name: string): BrokerUser | undefined {
  return typeof users === 'function' ? users(name) : users.find((user) => user.name === name);
}

async function passwordIs(user: BrokerUser, given: Buffer): Promise<boolean> {
  if (typeof user.password === 'function') return user.password(given);
  const equal = timingSafeEqual(digest(given), digest(Buffer.from(user.password)));
  return equal && user.password !== '';
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/**
 * A client id is a session on the broker and takes over an older connection, so it is bound to the user: a
 * device has one; a server may have several, `name:anything`. (No slash: Mosquitto 2.1 takes none where rules have patterns.)
 */
function ownsClientId(user: BusUser, clientId: string): boolean {
  return clientId === user.name || (user.role !== 'device' && clientId.startsWith(`${user.name}:`));
}
