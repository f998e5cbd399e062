import type { MailUser } from '../users.ts';
import type { Door, SmtpRoom } from './door.ts';
import { delivery, localRecipient } from './incoming.ts';
import { reply } from './reply.ts';

/**
 * Where a mail server of one's own, which stands in front, hands mail over (RFC 2033): it knows nobody but local users, asks for no
 * password, and answers for each recipient on its own, so that nobody gets a message twice because another's disk is full.
 */
export function lmtpDoor(room: SmtpRoom): Door {
  return {
    kind: 'lmtp',
    recipient: (_visit, address) => localRecipient(room.users, address),
    async message(arrived) {
      const store = delivery(room, arrived);
      const answers = new Map<MailUser | undefined, Promise<string | Error>>();
      const answer = async (user: MailUser | undefined) => {
        try {
          if (user) await store(user);
          return `OK: stored as ${arrived.id}`;
        } catch (error) {
          room.log.error({ err: error, user: user?.name }, 'A message could not be stored');
          return reply(451, 'The message could not be stored; try again later');
        }
      };
      for (const { user } of arrived.accepted) {
        if (!answers.has(user)) answers.set(user, answer(user));
        await answers.get(user);
      }
      return Promise.all(arrived.accepted.map(({ user }) => answers.get(user) as Promise<string | Error>));
    },
  };
}
