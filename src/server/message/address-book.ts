import { z } from 'zod';
import { openDurableMap } from '../../base/durable-map.ts';
import type { Files } from '../../base/files.ts';
import { deviceId } from '../../bus/topics.ts';
import type { TriggerKey } from '../../trigger/key.ts';
import { MessageServerError } from './errors.ts';

const key = z.object({
  id: z.number().int().min(0).max(0xffff),
  secret: z.string().regex(/^[0-9a-f]{64}$/i, 'expected 32 bytes as 64 hexadecimal digits'),
});

/** How to reach a device. */
export const contact = z.object({
  device: deviceId,
  /** International form (ITU-T E.164): `+` and up to 15 digits. */
  number: z.string().regex(/^\+[1-9]\d{5,14}$/, 'expected a number in international form, +4915112345678'),
  /** Preferred kind of the second trigger. A call falls back to an SMS. */
  trigger: z.enum(['sms', 'call']).default('sms'),
  /** Names of gateways, the preferred one first; empty: all, in the server's order. */
  gateways: z.array(z.string().min(1).max(64)).max(16).default([]),
  /** The key that the device shares with this server. */
  key,
  /** The key that takes its place once the device says that it has it. */
  next: key.optional(),
});

export type Contact = z.infer<typeof contact>;
export type NewContact = z.input<typeof contact>;

/** Remote device id -> contact details. Durable when a call resolves. */
export interface AddressBook {
  find(device: string): Contact | undefined;
  list(): readonly Contact[];
  /** Adds the contact or replaces it. Throws MessageServerError `bad-contact`. */
  add(entry: NewContact): Promise<Contact>;
  /** Resolves with whether it was there. */
  remove(device: string): Promise<boolean>;
  /** Told after `add`, with what was there before. Returns what ends the telling. */
  onAdded(listener: (added: Contact, before: Contact | undefined) => void): () => void;
}

/** How earlier versions kept it: all in one object. */
const earlierBook = z.object({ contacts: z.record(deviceId, contact) });

/** Opens the address book, a line of JSON for each change (0600: it holds keys). */
export async function openAddressBook(path: string, files?: Files): Promise<AddressBook> {
  const contacts = await openDurableMap({ path, value: contact, earlier, ...(files ? { files } : {}) });
  const listeners = new Set<(added: Contact, before: Contact | undefined) => void>();
  return {
    find: (device) => contacts.get(device),
    list: () => [...contacts.values()],
    async add(entry) {
      const checked = check(entry);
      const before = contacts.get(checked.device);
      await contacts.set(checked.device, checked);
      for (const listener of listeners) listener(checked, before);
      return checked;
    },
    remove: (device) => contacts.delete(device),
    onAdded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function earlier(content: unknown): Iterable<[string, Contact]> | undefined {
  const known = earlierBook.safeParse(content);
  return known.success ? Object.entries(known.data.contacts) : undefined;
}

/** Whether the device is now reached in another way: what failed before says nothing of it. */
export function isReachedAnew(contact: Contact, before: Contact | undefined): boolean {
  const way = ({ number, trigger, gateways }: Contact) => JSON.stringify([number, trigger, gateways]);
  return before === undefined || way(contact) !== way(before);
}

/** The key as `src/trigger` takes it. */
export function keyOf({ key }: Contact): TriggerKey {
  return { id: key.id, secret: Buffer.from(key.secret, 'hex') };
}

function check(entry: NewContact): Contact {
  const checked = contact.safeParse(entry);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new MessageServerError(`address book entry ${entry.device}: ${problems.join('; ')}`, {
    code: 'bad-contact',
    fields: { device: entry.device, problems },
  });
}
