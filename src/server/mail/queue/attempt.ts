import { asError } from '../../../base/errors.ts';
import { withPrefix } from '../smtp/take-in.ts';
import { returnPath } from '../smtp/trace.ts';
import { deliverOnce } from './deliver-once.ts';
import { done, type Entry, failed, put, type Recipient, waiting, withRecipients } from './entry.ts';
import type { QueueParts } from './parts.ts';
import { retryDelay } from './retry.ts';
import { relay } from './smarthost.ts';

/** Tries all that wait once; tells how the entry stands then. Nothing is on the disk yet. Never rejects. */
export async function attempt(parts: QueueParts, entry: Entry): Promise<Entry> {
  const { clock, retry, random } = parts;
  const here = waiting(entry).filter(({ user }) => user !== undefined);
  const local = await Promise.all(here.map((one) => deliver(parts, entry, one)));
  const foreign = await relayAll(parts, entry);
  const tried = withRecipients(entry, [...local, ...foreign]);
  const attempts = entry.attempts + 1;
  const over = entry.acceptedAt + retry.lifetime;
  const next = Math.min(over, clock.now() + retryDelay(attempts, retry, random));
  const after = { ...tried, attempts, next };
  return clock.now() < over ? after : giveUp(parts, after);
}

async function deliver(
  { store, users, files, log }: QueueParts,
  entry: Entry,
  one: Recipient,
): Promise<Recipient> {
  const user = users.all.find(({ name }) => name === one.user);
  if (!user) return failed(one, '550 5.1.1 No such user here', entry.acceptedAt);
  const prefix = returnPath(entry.sender);
  try {
    await deliverOnce(store, user.name, {
      key: ` id ${entry.id};`,
      size: prefix.length + entry.size,
      internalDate: entry.acceptedAt,
      read: () => withPrefix(prefix, files.read(entry)),
    });
    return done(one);
  } catch (error) {
    log.error({ err: error, id: entry.id, user: user.name }, 'A submitted message could not be stored');
    return put(one, asError(error).message);
  }
}

async function relayAll(parts: QueueParts, entry: Entry): Promise<Recipient[]> {
  const { smarthost, slots, files, log } = parts;
  const recipients = waiting(entry).filter(({ user }) => user === undefined);
  if (recipients.length === 0) return [];
  if (!smarthost) return recipients.map((one) => put(one, 'No smarthost is configured'));
  const results = await slots.run(() => relay(smarthost, parts, entry, recipients, files.read(entry)));
  const count = (state: Recipient['state']) => results.filter((one) => one.state === state).length;
  const [sent, refused, later] = [count('done'), count('failed'), count('waiting')];
  log.info({ id: entry.id, user: entry.user, sent, refused, later }, 'A message was handed to the smarthost');
  return results;
}

function giveUp({ clock }: QueueParts, entry: Entry): Entry {
  const late = (one: Recipient) =>
    failed(one, `It could not be sent in time; last: ${one.reason ?? 'nothing was said'}`, clock.now());
  return withRecipients(entry, waiting(entry).map(late));
}
