import { callControl } from '../../base/control.ts';
import { type Arguments, type Command, UsageError } from '../command.ts';
import { loadSecretConfig } from '../config/load.ts';
import { serverConfig } from '../config/server.ts';

const number = (help: string) => ({ type: 'string', value: 'N', help }) as const;

export const trigger: Command = {
  operands: 'DEVICE',
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: "the server's configuration" },
    mailbox: { type: 'string', value: 'NAME', help: 'where the mail is (default INBOX)' },
    uidvalidity: number("the mailbox's UIDVALIDITY"),
    uidnext: number("the mailbox's UIDNEXT, with the new mail in it"),
    count: number('how many messages are new (default 1)'),
    size: number('their bytes (default 0: not known)'),
  },
  details: `
The trigger is on the disk when the command ends with exit code 0; the server retries it until the device has reported. With Dovecot:

  ringpost trigger pocket-1 -c /etc/ringpost/server.toml $(doveadm -f flow mailbox status -u ada \\
    "uidvalidity uidnext" INBOX | tr ' ' '\\n' | sed -n 's/^uid/--uid/p')`,
  async run(args, signal) {
    const [device, ...rest] = args.positionals;
    if (device === undefined || rest.length > 0)
      throw new UsageError('name one device: ringpost trigger DEVICE');
    const { socket } = await loadSecretConfig(args.text('config'), serverConfig);
    const body = {
      device,
      mailbox: args.text('mailbox') ?? 'INBOX',
      uidvalidity: count(args, 'uidvalidity'),
      uidnext: count(args, 'uidnext'),
      count: count(args, 'count', 1),
      size: count(args, 'size', 0),
    };
    await callControl(socket, 'trigger', body, { signal });
    return 0;
  },
};

function count(args: Arguments, name: string, fallback?: number): number {
  const written = args.text(name);
  if (written === undefined && fallback !== undefined) return fallback;
  if (written !== undefined && /^\d{1,15}$/.test(written)) return Number(written);
  throw new UsageError(
    `--${name}: expected a whole number${written === undefined ? '' : `, found "${written}"`}`,
  );
}
