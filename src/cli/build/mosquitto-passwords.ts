import { devicePassword } from '../../bus/device-password.ts';
import { mosquittoPasswordLine } from '../../bus/mosquitto-password.ts';
import { type AddressBook, keyOf } from '../../server/message/address-book.ts';
import type { ServerConfig } from '../config/server.ts';

/** Lines for Mosquitto's password file: the users that [mqtt] names, then every device of the address book. */
export function mosquittoPasswords({ mqtt }: Pick<ServerConfig, 'mqtt'>, book: AddressBook): string[] {
  const own = new Map<string, string>();
  for (const { user, password } of [mqtt, mqtt?.mail_server, mqtt?.message_server].flatMap(
    (one) => one ?? [],
  )) {
    if (user !== undefined && password !== undefined) own.set(user, password);
  }
  const servers = [...own].map(([name, password]) => ({ name, password }));
  // A device that is called as a server would have its password replaced by it: the server goes before.
  const devices = book.list().filter(({ device }) => !own.has(device));
  const all = [
    ...servers,
    ...devices.map((contact) => ({ name: contact.device, password: devicePassword(keyOf(contact).secret) })),
  ];
  return all.map((user) => mosquittoPasswordLine(user));
}
