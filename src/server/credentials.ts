import type { DevicePasswords } from './mail/device-passwords.ts';
import type { AddressBook, Contact, NewContact } from './message/address-book.ts';
import { MessageServerError } from './message/errors.ts';
import { addNextKey, newKey } from './message/keys.ts';

/** What a server keeps of its devices' credentials. */
export interface CredentialStores {
  readonly addressBook: AddressBook;
  /** Absent: the mailboxes are elsewhere. */
  readonly devicePasswords: DevicePasswords | undefined;
  /** Closes what the device has open; absent where nothing runs. */
  readonly disconnect?: ((device: string) => void) | undefined;
}

export interface MadeCredentials {
  readonly key: Contact['key'];
  /** For the user's mailbox, where it is here. */
  readonly password: string | undefined;
}

/** A new device: its entry in the address book, its key, its password for the mailbox of `user`. Throws `known-device`. */
export async function enrolDevice(
  { addressBook, devicePasswords }: CredentialStores,
  { user, ...entry }: Omit<NewContact, 'key'> & { readonly user?: string | undefined },
): Promise<MadeCredentials> {
  const { device } = entry;
  if (addressBook.find(device)) {
    const mend = 'ringpost keys rotate gives it another key, ringpost keys revoke takes everything back';
    throw new MessageServerError(`${device}: in the address book already; ${mend}`, {
      code: 'known-device',
      fields: { device },
    });
  }
  const key = newKey(1);
  // The entry last: where it is missing the command may be given again.
  const password = user === undefined ? undefined : await devicePasswords?.make(device, user);
  await addressBook.add({ ...entry, key });
  return { key, password };
}

/** Makes the device's next key. Throws `unknown-device`. */
export async function rotateKey({ addressBook }: CredentialStores, device: string): Promise<Contact['key']> {
  const contact = addressBook.find(device);
  if (contact) return addNextKey(addressBook, contact);
  throw new MessageServerError(`${device}: not in the address book`, {
    code: 'unknown-device',
    fields: { device },
  });
}

/**
 * Nothing rings the device any more and nothing lets it in. What the message server owes it, its settings and its counter
 * stay, for another device under the same id. Resolves with whether there was anything to take back.
 */
export async function revokeDevice(stores: CredentialStores, device: string): Promise<boolean> {
  const known = await stores.addressBook.remove(device);
  const hadPassword = (await stores.devicePasswords?.remove(device)) ?? false;
  stores.disconnect?.(device);
  return known || hadPassword;
}
