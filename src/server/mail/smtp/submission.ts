import { randomUUID } from 'node:crypto';
import { codeOf } from '../../../base/errors.ts';
import { domainOf, wireAddress } from '../addresses.ts';
import type { MailQueue, NewEntry } from '../queue/queue.ts';
import type { LogIn } from '../users.ts';
import type { Arrived, Door, SmtpRoom } from './door.ts';
import { fieldNames } from './field-names.ts';
import { reply } from './reply.ts';
import { Strikes } from './strikes.ts';
import { withPrefix } from './take-in.ts';
import { internetDate, received } from './trace.ts';
import type { Accepted, Visit } from './visit.ts';

export interface SubmissionParts {
  readonly queue: MailQueue;
  /** Nobody elsewhere has an address in it: an unknown one is refused here. */
  readonly domain: string;
}

const HOUR_MS = 3_600_000;

/** RFC 5321 6.3: so many hops are a loop. */
const MOST_HOPS = 100;

/**
 * Where users hand in what they wrote (RFC 6409): under TLS, with a password, as themselves. A message is answered 250 when the queue has it
 * on the disk. Two doors (STARTTLS, implicit TLS) share what a user may send.
 */
export function submissionDoor(room: SmtpRoom, { queue, domain }: SubmissionParts): Door {
  const { users, limits, clock } = room;
  const sent = new Strikes(clock, { most: limits.maxRecipientsPerHour, time: HOUR_MS });
  return {
    kind: 'submission',
    async logIn({ username = '', password, authzid }) {
      // Nobody acts for somebody else here (RFC 4616 2).
      if (authzid && authzid !== username) return undefined;
      return users.authenticate(username, password ?? '');
    },
    sender(visit, address) {
      const { user, holds } = logInOf(visit);
      if (!holds()) throw reply(421, 'Your password is not good any more');
      const isOwn = address === '' || users.byAddress(address)?.name === user.name;
      if (!isOwn) throw reply(550, `You may not send as ${address}: it is none of your addresses`);
    },
    recipient(visit, address) {
      if (sent.isOut(logInOf(visit).user.name, visit.accepted.length + 1))
        throw reply(452, `No more than ${limits.maxRecipientsPerHour} recipients within an hour`);
      return judge(address, { room, queue, domain });
    },
    async message(arrived) {
      const { entry, prefix } = await describe(room, arrived);
      await queue.add(entry, withPrefix(prefix, arrived.spool.read())).catch(refuseIfFull);
      sent.add(entry.user, entry.recipients.length);
      return `OK: queued as ${arrived.id}`;
    },
  };
}

function judge(address: string, parts: SubmissionParts & { room: SmtpRoom }): Accepted {
  const user = parts.room.users.byAddress(address);
  if (user) return { address, user };
  if (domainOf(address) === parts.domain.toLowerCase()) throw reply(550, 'No such user here');
  if (!parts.queue.canRelay)
    throw reply(550, `Nobody here has the address ${address}, and no smarthost is configured for others`);
  return { address: wireAddress(address), user: undefined };
}

/** What the queue is told, and the fields that go before the message. */
async function describe(room: SmtpRoom, arrived: Arrived): Promise<{ entry: NewEntry; prefix: string }> {
  const { visit, id, sender, spool, size, eightBit } = arrived;
  const at = room.clock.now();
  const trace = received(visit.session, { name: room.name, at, id });
  const prefix = trace + (await missingFields(spool.read(), { at, domain: domainOf(sender) || room.name }));
  const entry = {
    id,
    user: logInOf(visit).user.name,
    sender: wireAddress(sender),
    acceptedAt: at,
    size: size + prefix.length,
    eightBit,
    recipients: unique(arrived.accepted),
  };
  return { entry, prefix };
}

/** RFC 6409 8.2 and 8.3. Throws SmtpReply 554 for a message that goes round in circles. */
async function missingFields(
  message: AsyncIterable<Uint8Array>,
  { at, domain }: { at: number; domain: string },
): Promise<string> {
  const names = await fieldNames(message);
  if (names.filter((name) => name === 'received').length > MOST_HOPS) throw reply(554, 'A mail loop');
  const date = names.includes('date') ? '' : `Date: ${internetDate(at)}\r\n`;
  return names.includes('message-id') ? date : `${date}Message-ID: <${randomUUID()}@${domain}>\r\n`;
}

/** Several addresses of one user are one recipient. */
function unique(accepted: readonly Accepted[]): NewEntry['recipients'] {
  const found = new Map<string, NewEntry['recipients'][number]>();
  for (const { address, user } of accepted) {
    const one = { address, state: 'waiting' as const };
    if (user) found.set(`user ${user.name}`, { ...one, user: user.name });
    else found.set(address.toLowerCase(), one);
  }
  return [...found.values()];
}

function logInOf({ logIn }: Visit): LogIn {
  if (!logIn) throw reply(530, 'Log in first, under TLS');
  return logIn;
}

function refuseIfFull(error: unknown): never {
  if (codeOf(error) !== 'queue-full') throw error;
  throw reply(452, 'The queue for outgoing mail is full; try again later');
}
