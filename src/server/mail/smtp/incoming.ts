import type { MailUser, Users } from '../users.ts';
import type { Arrived, Door, SmtpRoom } from './door.ts';
import { reply } from './reply.ts';
import { withPrefix } from './take-in.ts';
import { received, returnPath } from './trace.ts';
import type { Accepted } from './visit.ts';

/**
 * Where other mail servers bring mail for local users; nothing is relayed. A message is answered 250 when it is
 * on the disk for all its recipients, else 451 for all of them: then the sender tries again, and those who had it
 * already get it twice, which is better than never (SMTP has one answer for all; LMTP has one each).
 */
export function incomingDoor(room: SmtpRoom): Door {
  return {
    kind: 'smtp',
    recipient: (_visit, address) => localRecipient(room.users, address),
    async message(arrived) {
      const store = delivery(room, arrived);
      // Several addresses of one user are one recipient.
      for (const user of new Set(arrived.accepted.map(({ user }) => user))) if (user) await store(user);
      return `OK: stored as ${arrived.id}`;
    },
  };
}

/** Throws SmtpReply 550 for a stranger. */
export function localRecipient(users: Users, address: string): Accepted {
  const user = users.byAddress(address);
  if (!user) throw reply(550, 'No such user here');
  return { address, user };
}

/** Stores what arrived in the INBOX of a user, with its trace fields. */
export function delivery(room: SmtpRoom, arrived: Arrived): (user: MailUser) => Promise<void> {
  const { store, clock, name } = room;
  const { visit, id, sender, spool } = arrived;
  const at = clock.now();
  const prefix = returnPath(sender) + received(visit.session, { name, at, id });
  const read = () => withPrefix(prefix, spool.read());
  return async (user) => {
    await store.deliverFrom(user.name, 'INBOX', read, { internalDate: at });
  };
}
