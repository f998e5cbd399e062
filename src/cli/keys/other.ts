import { revokeDevice } from '../../server/credentials.ts';
import { hashPassword } from '../../server/mail/password-hash.ts';
import { type Contact, contact, type NewContact } from '../../server/message/address-book.ts';
import { newKey } from '../../server/message/keys.ts';
import { type Arguments, UsageError } from '../command.ts';
import { atServer, loadServer, oneDevice } from './at-server.ts';
import { readTyped } from './read-secret.ts';

/** `ringpost keys new DEVICE`: the entry in the address book alone, for a device.toml that is written by hand. */
export async function makeKey(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadServer(args);
  const key = newKey(Number(args.text('key-id') ?? 1));
  const entry = {
    device: oneDevice(operands),
    number: args.text('number'),
    trigger: args.text('trigger'),
    key,
  };
  const checked = contact.safeParse(entry);
  if (!checked.success) {
    throw new UsageError(
      checked.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; '),
    );
  }
  await atServer<unknown>(config, 'add-contact', checked.data, signal, ({ addressBook }) =>
    addressBook.add(entry as NewContact),
  );
  process.stdout.write(`[trigger]\nkeys = [{ id = ${key.id}, secret = "${key.secret}" }]\n`);
  return 0;
}

type Shown = Omit<Contact, 'key' | 'next'> & {
  readonly keyId?: number;
  readonly nextKeyId?: number;
  readonly key?: Contact['key'];
  readonly next?: Contact['key'] | undefined;
};

export async function listContacts(
  args: Arguments,
  _operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadServer(args);
  const contacts = await atServer<readonly Shown[]>(config, 'contacts', {}, signal, async ({ addressBook }) =>
    addressBook.list(),
  );
  for (const { device, number, trigger, key, keyId, next, nextKeyId = next?.id } of contacts) {
    const coming = nextKeyId === undefined ? '' : `, then ${nextKeyId}`;
    process.stdout.write(
      `${device.padEnd(24)} ${number.padEnd(16)} ${trigger}  key ${keyId ?? key?.id}${coming}\n`,
    );
  }
  return 0;
}

export async function removeContact(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadServer(args);
  const device = oneDevice(operands);
  const { removed } = await atServer(
    config,
    'remove-contact',
    { device },
    signal,
    async ({ addressBook }) => ({
      removed: await addressBook.remove(device),
    }),
  );
  return removed ? 0 : notThere(device);
}

/** `ringpost keys revoke DEVICE`: a handheld that was lost is rung no more and gets in nowhere. */
export async function revoke(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadServer(args);
  const device = oneDevice(operands);
  const { revoked } = await atServer(config, 'revoke-device', { device }, signal, async (stores) => ({
    revoked: await revokeDevice(stores, device),
  }));
  if (!revoked) return notThere(device);
  process.stdout.write(`${device}: revoked\n`);
  if (config.mqtt)
    process.stderr.write(
      'take its line out of the password file of the broker: ringpost keys mosquitto prints those that are left\n',
    );
  if (!config.mail) process.stderr.write('take its password back at the mail server, too\n');
  return 0;
}

/** `ringpost keys hash`: for [[mail.users]] password. */
export async function hash(
  _args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  if (operands.length > 0)
    throw new UsageError('the password is read from standard input, never from the command line');
  const password = await readTyped('password: ', signal);
  if (password === '') throw new UsageError('expected a password on standard input, found nothing');
  process.stdout.write(`${await hashPassword(password)}\n`);
  return 0;
}

function notThere(device: string): number {
  process.stderr.write(`ringpost: ${device}: not in the address book\n`);
  return 1;
}
