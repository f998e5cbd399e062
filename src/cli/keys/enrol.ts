import type { Enrolment } from '../../enrolment/enrolment.ts';
import { enrolmentText } from '../../enrolment/text.ts';
import { enrolDevice, type MadeCredentials, rotateKey } from '../../server/credentials.ts';
import { devicePassword } from '../../server/mail/device-passwords.ts';
import { contact } from '../../server/message/address-book.ts';
import { type Arguments, UsageError } from '../command.ts';
import type { ServerConfig } from '../config/server.ts';
import { atServer, loadServer, oneDevice } from './at-server.ts';
import { dovecotLine } from './dovecot-line.ts';
import {
  givenMailServer,
  givenSubmission,
  type MailAddress,
  publicMailServer,
  publicMessageServer,
  publicSubmission,
} from './public-servers.ts';
import { readSecretFrom } from './read-secret.ts';
import { show } from './show.ts';

const newContact = contact.omit({ key: true, next: true });
const ENROL = 'ringpost keys accept, on the device, takes this line; it is shown this once';

/** `ringpost keys enrol DEVICE`: everything that a new device needs, in one text. */
export async function enrol(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadServer(args);
  const entry = newEntry(oneDevice(operands), args);
  const elsewhere = await givenMailServer(args);
  const mailbox = elsewhere
    ? await mailboxElsewhere(args, elsewhere, signal)
    : await mailboxHere(args, config, entry.device);
  const message = await publicMessageServer(config);
  const submission = elsewhere ? await givenSubmission(args) : await publicSubmission(config);
  const made = await atServer<MadeCredentials>(
    config,
    'enrol-device',
    { ...entry, ...(elsewhere ? {} : { user: mailbox.user }) },
    signal,
    (stores) => enrolDevice(stores, { ...entry, user: elsewhere ? undefined : mailbox.user }),
  );
  const password = mailbox.password ?? made.password ?? '';
  const { server, user } = mailbox;
  const servers = { message, mail: { ...server, user, password }, ...(submission && { submission }) };
  const text = textOf(entry.device, made.key, servers);
  const dovecot = mailbox.isNew ? await dovecotLine(user, password) : undefined;
  show(
    {
      device: entry.device,
      key: made.key.id,
      text,
      dovecot,
      notes: [ENROL, ...mailbox.notes, ...brokerNotes(config)],
    },
    args,
  );
  return 0;
}

/** `ringpost keys rotate DEVICE`: the key that follows, in a text. */
export async function rotate(
  args: Arguments,
  operands: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const config = await loadServer(args);
  const device = oneDevice(operands);
  const key = await atServer(config, 'rotate-key', { device }, signal, (stores) => rotateKey(stores, device));
  const note = 'the key of before is used until the device says that it has this one';
  show(
    { device, key: key.id, text: textOf(device, key), notes: [ENROL, note, ...brokerNotes(config)] },
    args,
  );
  return 0;
}

function textOf(
  device: string,
  { id, secret }: MadeCredentials['key'],
  servers?: Enrolment['servers'],
): string {
  const key = { id, secret: Buffer.from(secret, 'hex') };
  return enrolmentText({ device, key, ...(servers && { servers }) });
}

function newEntry(device: string, args: Arguments) {
  const checked = newContact.safeParse({
    device,
    number: args.text('number'),
    trigger: args.text('trigger'),
  });
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`);
  throw new UsageError(problems.join('; '));
}

interface Mailbox {
  readonly server: MailAddress;
  readonly user: string;
  /** Absent: the server here makes one for the device. */
  readonly password?: string;
  /** Nobody knows this password yet. */
  readonly isNew?: boolean;
  readonly notes: readonly string[];
}

async function mailboxElsewhere(args: Arguments, server: MailAddress, signal: AbortSignal): Promise<Mailbox> {
  const user = args.text('imap-user') ?? args.text('user');
  if (user === undefined) throw new UsageError('--imap-host needs --imap-user');
  const file = args.text('imap-password-file');
  if (file === undefined) return { server, user, password: devicePassword(), isNew: true, notes: [] };
  const password = await readSecretFrom(file, `password of ${user} at ${server.host}: `, signal);
  if (password === '') throw new UsageError('--imap-password-file: the password is empty');
  return { server, user, password, notes: [] };
}

/** The user whose mailbox carries the device id, or the one who is named. */
async function mailboxHere(args: Arguments, config: ServerConfig, device: string): Promise<Mailbox> {
  const server = await publicMailServer(config);
  if (!server)
    throw new UsageError('there is no [mail] here: name the mail server with --imap-host and --imap-user');
  const users = config.mail?.users ?? [];
  const named = args.text('user');
  const user = users.find((one) => (named === undefined ? one.device === device : one.name === named));
  if (!user) {
    const what =
      named === undefined
        ? `no [[mail.users]] has device = "${device}"; name one with --user`
        : `--user: no [[mail.users]] is ${named}`;
    throw new UsageError(what);
  }
  const note = `set device = "${device}" at the [[mail.users]] ${user.name} and restart the server: until then its mail rings nobody`;
  return { server, user: user.name, notes: user.device === device ? [] : [note] };
}

function brokerNotes({ mqtt }: ServerConfig): string[] {
  return mqtt
    ? ['its password at the broker is derived from the key: ringpost keys mosquitto prints the lines']
    : [];
}
