import type { Log } from '../../base/log.ts';
import { ENTRIES } from '../annotations.ts';
import type { Account } from './store/account.ts';
import type { MailStore } from './store/mail-store.ts';
import type { Mailbox } from './store/mailbox.ts';
import type { Users } from './users.ts';

/**
 * At a start: each user's INBOX carries the device id that the configuration gives, unless the user has written
 * something else there since. Mailboxes with a device that is the user's no longer lose it.
 */
export async function settleDevices(store: MailStore, users: Users, log: Log): Promise<void> {
  for (const user of users.all) {
    const account = await store.account(user.name);
    await account.mailbox('INBOX');
    await (await account.metadata('INBOX')).offer(user.device ?? null);
    for (const name of await account.names())
      await settle(account, user.name, { name, owns: (device) => users.owns(user, device), log });
  }
}

interface Settling {
  readonly name: string;
  readonly owns: (device: string) => boolean;
  readonly log: Log;
}

async function settle(account: Account, user: string, { name, owns, log }: Settling): Promise<void> {
  const metadata = await account.metadata(name);
  const device = metadata.get(ENTRIES.device);
  if (device === undefined || owns(device)) return;
  await metadata.set(new Map([[ENTRIES.device, null]]));
  log.warn({ user, mailbox: name, device }, 'A mailbox rings no more: its device is not its user’s');
}

/** The mailboxes of these users that carry a device id (R2), opened. */
export async function ringingMailboxes(
  store: MailStore,
  users: Iterable<{ name: string }>,
): Promise<Mailbox[]> {
  const found: Mailbox[] = [];
  for (const { name: user } of users) {
    const account = await store.account(user);
    for (const name of await account.names()) {
      if ((await account.metadata(name)).get(ENTRIES.device) !== undefined)
        found.push(await account.mailbox(name));
    }
  }
  return found;
}
