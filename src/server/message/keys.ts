import { randomBytes } from 'node:crypto';
import type { TriggerKey } from '../../trigger/key.ts';
import type { AddressBook, Contact } from './address-book.ts';

/** Keys of a device in the address book: the one that triggers are sealed with, and the one that shall follow it. */

/** Every key that the device may prove itself with; the one in use first. */
export function liveKeys({ key, next }: Contact): TriggerKey[] {
  return [key, ...(next ? [next] : [])].map(({ id, secret }) => ({ id, secret: Buffer.from(secret, 'hex') }));
}

export function newKey(id: number): Contact['key'] {
  return { id, secret: randomBytes(32).toString('hex') };
}

/**
 * Makes the key that follows. A text that was lost before the device took it may be made anew: under another id, so that
 * the device cannot show one key and mean the other. After 65535 comes 0.
 */
export async function addNextKey(book: AddressBook, contact: Contact): Promise<Contact['key']> {
  const next = newKey(((contact.next ?? contact.key).id + 1) & 0xffff);
  await book.add({ ...contact, next });
  return next;
}

/**
 * The device says that it has the key that follows: it is sealed with from now on, and the earlier one is forgotten.
 * Resolves with whether it was so.
 */
export async function switchKey(
  book: AddressBook,
  device: string,
  held: number | undefined,
): Promise<boolean> {
  const contact = book.find(device);
  if (!contact?.next || contact.next.id !== held) return false;
  const { next, ...rest } = contact;
  await book.add({ ...rest, key: next });
  return true;
}
