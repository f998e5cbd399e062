import { randomBytes } from 'node:crypto';
import { callControl } from '../../base/control.ts';
import { codeOf } from '../../base/errors.ts';
import {
  type Contact,
  contact,
  type NewContact,
  openAddressBook,
} from '../../server/message/address-book.ts';
import { createReplayGuard } from '../../trigger/guard.ts';
import { guardPath } from '../build/device.ts';
import { addressBookPath } from '../build/server.ts';
import { type Arguments, type Command, UsageError } from '../command.ts';
import { deviceConfig } from '../config/device.ts';
import { loadSecretConfig } from '../config/load.ts';
import { type ServerConfig, serverConfig } from '../config/server.ts';
import { printMosquittoPasswords } from './keys-mosquitto.ts';

const ACTIONS = {
  new: makeKey,
  list: listContacts,
  remove: removeContact,
  accept: acceptKey,
  mosquitto: printMosquittoPasswords,
};

export const keys: Command = {
  operands: 'new DEVICE | list | remove DEVICE | accept | mosquitto',
  options: {
    config: {
      type: 'string',
      short: 'c',
      value: 'FILE',
      help: "the server's configuration; for accept, the device's",
    },
    number: {
      type: 'string',
      short: 'n',
      value: 'NUMBER',
      help: 'telephone number of the device, +4915112345678',
    },
    trigger: { type: 'string', value: 'KIND', help: 'how to ring it: sms (default) or call' },
    'key-id': { type: 'string', value: 'N', help: 'id of the key, 0 to 65535 (default 1)' },
  },
  details: `
"new" writes the address book entry and prints the [trigger] section for device.toml; the key is shown this once. "accept" runs on the
device, once, when the key is in its configuration: from then on its replay counters only rise. "mosquitto" prints the password lines of the servers
in [mqtt] and of all devices, for Mosquitto.

  ringpost keys new pocket-1 --number +4915112345678 --config server.toml
  ringpost keys accept --config device.toml`,
  async run(args, signal) {
    const [action, ...operands] = args.positionals;
    const run =
      action !== undefined && Object.hasOwn(ACTIONS, action)
        ? ACTIONS[action as keyof typeof ACTIONS]
        : undefined;
    if (!run)
      throw new UsageError(`expected new, list, remove, accept or mosquitto, found "${action ?? ''}"`);
    return run(args, operands, signal);
  },
};

async function makeKey(args: Arguments, operands: readonly string[], signal: AbortSignal): Promise<number> {
  const config = await loadSecretConfig(args.text('config'), serverConfig);
  const secret = randomBytes(32).toString('hex');
  const id = Number(args.text('key-id') ?? 1);
  const entry = {
    device: oneDevice(operands),
    number: args.text('number'),
    trigger: args.text('trigger'),
    key: { id, secret },
  };
  const checked = contact.safeParse(entry);
  if (!checked.success) {
    throw new UsageError(
      checked.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; '),
    );
  }
  await atAddressBook(config, 'add-contact', checked.data, signal, (book) => book.add(entry as NewContact));
  process.stdout.write(`[trigger]\nkeys = [{ id = ${id}, secret = "${secret}" }]\n`);
  return 0;
}

async function listContacts(
  args: Arguments,
  _operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadSecretConfig(args.text('config'), serverConfig);
  type Shown = Omit<Contact, 'key'> & { keyId?: number; key?: Contact['key'] };
  const contacts = await atAddressBook(config, 'contacts', {}, signal, async (book) => book.list());
  for (const { device, number, trigger, key, keyId } of contacts as Shown[]) {
    process.stdout.write(`${device.padEnd(24)} ${number.padEnd(16)} ${trigger}  key ${keyId ?? key?.id}\n`);
  }
  return 0;
}

async function removeContact(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadSecretConfig(args.text('config'), serverConfig);
  const device = oneDevice(operands);
  const answer = await atAddressBook(config, 'remove-contact', { device }, signal, async (book) => ({
    removed: await book.remove(device),
  }));
  if ((answer as { removed: boolean }).removed) return 0;
  process.stderr.write(`ringpost: ${device}: not in the address book\n`);
  return 1;
}

async function acceptKey(args: Arguments): Promise<number> {
  const config = await loadSecretConfig(args.text('config'), deviceConfig);
  await createReplayGuard(guardPath(config));
  process.stdout.write(`${guardPath(config)}: replay counters started\n`);
  return 0;
}

/** One process owns the address book: the running server is asked; where none runs, the file is opened here. */
async function atAddressBook(
  config: ServerConfig,
  call: string,
  body: unknown,
  signal: AbortSignal,
  here: (book: Awaited<ReturnType<typeof openAddressBook>>) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await callControl(config.socket, call, body, { signal });
  } catch (error) {
    if (codeOf(error) !== 'no-agent') throw error;
    return here(await openAddressBook(addressBookPath(config)));
  }
}

function oneDevice(operands: readonly string[]): string {
  const [device, ...rest] = operands;
  if (device === undefined || rest.length > 0) throw new UsageError('name one device');
  return device;
}
