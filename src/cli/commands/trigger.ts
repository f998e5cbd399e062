import { ControlError, callControl } from '../../base/control.ts';
import { codeOf } from '../../base/errors.ts';
import { type Arguments, type Command, UsageError } from '../command.ts';
import { loadSecretConfig, STAND_IN } from '../config/load.ts';
import { serverConfig } from '../config/server.ts';

const number = (help: string) => ({ type: 'string', value: 'N', help }) as const;

export const trigger: Command = {
  operands: '[DEVICE]',
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: "the server's configuration" },
    user: { type: 'string', value: 'NAME', help: 'instead of DEVICE: look at a watched user now ([watch])' },
    mailbox: {
      type: 'string',
      value: 'NAME',
      help: 'where the mail is (default INBOX; with --user all that are watched)',
    },
    uidvalidity: number("the mailbox's UIDVALIDITY"),
    uidnext: number("the mailbox's UIDNEXT, with the new mail in it"),
    count: number('how many messages are new (default 1)'),
    size: number('their bytes (default 0: not known)'),
    stdin: {
      type: 'boolean',
      help: 'read standard input to its end and drop it, for a pipe that carries the mail',
    },
  },
  details: `
The trigger is on the disk when the command ends with exit code 0; the server retries it until the device has reported. With Dovecot:

  ringpost trigger pocket-1 -c /etc/ringpost/server.toml $(doveadm -f flow mailbox status -u ada \\
    "uidvalidity uidnext" INBOX | tr ' ' '\\n' | sed -n 's/^uid/--uid/p')

With --user the running server looks at the mailbox by itself, and once more 5 s later, for a script may be quicker than the storing
of the mail; so it finds out what is new. Exit code 0 says that it will look; what
comes while it does not run it finds when it starts, and the exit code is 75:

  ringpost trigger --user ada -c /etc/ringpost/server.toml
  ringpost trigger --user ada --stdin -c /etc/ringpost/server.toml < mail       # at the end of a pipe`,
  async run(args, signal) {
    const [call, body] = requestOf(args);
    const { socket } = await loadSecretConfig(args.text('config'), serverConfig, STAND_IN);
    if (args.flag('stdin')) for await (const _ of process.stdin);
    await callControl(socket, call, body, { signal }).catch(tryLater);
    return 0;
  },
};

function requestOf(args: Arguments): [string, object] {
  const [device, ...rest] = args.positionals;
  const [user, mailbox] = [args.text('user'), args.text('mailbox')];
  if (rest.length > 0 || (device === undefined) === (user === undefined))
    throw new UsageError('name one device, or a user: ringpost trigger DEVICE, ringpost trigger --user NAME');
  if (user !== undefined) return ['look', { user, ...(mailbox !== undefined && { mailbox }) }];
  const place = { uidvalidity: count(args, 'uidvalidity'), uidnext: count(args, 'uidnext') };
  const hint = { count: count(args, 'count', 1), size: count(args, 'size', 0) };
  return ['trigger', { device, mailbox: mailbox ?? 'INBOX', ...place, ...hint }];
}

/** A server that does not run will run again: the caller, perhaps an MTA, keeps what it has until then (exit code 75). */
function tryLater(error: unknown): never {
  if (!(error instanceof ControlError) || codeOf(error) !== 'no-agent') throw error;
  throw new ControlError(error.message, {
    code: error.code,
    temporary: true,
    fields: error.fields,
    cause: error,
  });
}

function count(args: Arguments, name: string, fallback?: number): number {
  const written = args.text(name);
  if (written === undefined && fallback !== undefined) return fallback;
  if (written !== undefined && /^\d{1,15}$/.test(written)) return Number(written);
  throw new UsageError(
    `--${name}: expected a whole number${written === undefined ? '' : `, found "${written}"`}`,
  );
}
