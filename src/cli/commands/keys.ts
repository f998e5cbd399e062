import { type Command, type Option, UsageError } from '../command.ts';
import { accept } from '../keys/accept.ts';
import { enrol, rotate } from '../keys/enrol.ts';
import { printMosquittoPasswords } from '../keys/mosquitto.ts';
import { hash, listContacts, makeKey, removeContact, revoke } from '../keys/other.ts';

const ACTIONS = {
  enrol,
  accept,
  rotate,
  revoke,
  list: listContacts,
  hash,
  mosquitto: printMosquittoPasswords,
  new: makeKey,
  remove: removeContact,
};

const value = (name: string, help: string, short?: string): Option => ({
  type: 'string',
  value: name,
  help,
  ...(short && { short }),
});

export const keys: Command = {
  operands:
    'enrol DEVICE | accept [TEXT] | rotate DEVICE | revoke DEVICE | list | hash | mosquitto | new DEVICE | remove DEVICE',
  options: {
    config: value('FILE', "the server's configuration; for accept, the device's", 'c'),
    number: value('NUMBER', 'telephone number of the device, +4915112345678', 'n'),
    trigger: value('KIND', 'how to ring it: sms (default) or call'),
    user: value('NAME', 'enrol: whose mailbox; default who has the device in [[mail.users]]'),
    'imap-host': value('HOST', 'enrol: a mail server elsewhere, instead of [mail]'),
    'imap-port': value('N', 'enrol: its port, with TLS (default 993)'),
    'imap-user': value('NAME', 'enrol: who logs in there'),
    'imap-password-file': value(
      'FILE',
      'enrol: with which password, "-" asks; default a new one, with a line for Dovecot',
    ),
    'imap-ca': value('FILE', 'enrol: certificate of that server, where no public authority vouches for it'),
    'smtp-host': value('HOST', 'enrol: where the device submits mail, as the user of IMAP'),
    'smtp-port': value('N', 'enrol: its port (default 587)'),
    qr: { type: 'boolean', help: 'print the QR code also where no terminal is' },
    json: { type: 'boolean', help: 'print JSON: device, key, text' },
    file: value('FILE', 'accept: read the text from a file'),
    'key-id': value('N', 'new: id of the key, 0 to 65535 (default 1)'),
  },
  details: `
"enrol" makes a device's entry in the address book, its key and its passwords, and prints them as one line, and as a QR code on a
terminal; it is shown this once. "accept" takes it on the device (TEXT, "-" for standard input, or --file): device.toml then needs
modem and paths only. "rotate" makes the next key, which takes over once the device has accepted it. "revoke" takes everything back
at once. "hash" reads a password and prints what [[mail.users]] takes in its place. "mosquitto" prints
the password lines of the servers in [mqtt] and of all devices, for Mosquitto. "new" only makes a key for a device.toml that is
written by hand; "accept" without a text starts the replay counters of such keys.

  ringpost keys enrol pocket-1 --number +4915112345678 --user ada --config server.toml
  ringpost keys accept ringpost:1:... --config device.toml`,
  async run(args, signal) {
    const [action, ...operands] = args.positionals;
    const run =
      action !== undefined && Object.hasOwn(ACTIONS, action)
        ? ACTIONS[action as keyof typeof ACTIONS]
        : undefined;
    const names = Object.keys(ACTIONS).join(', ');
    if (!run) throw new UsageError(`expected one of ${names}; found "${action ?? ''}"`);
    return run(args, operands, signal);
  },
};
