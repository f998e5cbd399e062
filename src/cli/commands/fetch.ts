import { basename } from 'node:path';
import { callControl } from '../../base/control.ts';
import type { SessionRecord } from '../../device/state/history.ts';
import type { WholeWanted } from '../../mail/partial/wanted.ts';
import { showProgress } from '../build/process.ts';
import { type Command, UsageError } from '../command.ts';
import { loadDeviceConfig } from '../config/device-file.ts';
import { inWords } from './sync.ts';

export const fetch: Command = {
  operands: '[MAILBOX] [MESSAGE ...]',
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: "the device's configuration" },
    json: { type: 'boolean', help: 'print the session as JSON' },
  },
  details: `
MESSAGE is a Message-ID or the path of the message's file; without one, all that is not whole is brought, in MAILBOX or
in every mailbox. It costs what the mails are large.

Exit code 0: in step; 1: not, or not whole (the reason is printed); 75: not now, try again.

  ringpost fetch --config /etc/ringpost/device.toml INBOX
  ringpost fetch --config /etc/ringpost/device.toml '<photo.7@example.org>'`,
  async run(args, signal) {
    const wanted = wantedBy(args.positionals);
    const { socket } = await loadDeviceConfig(args.text('config'));
    const record = (await callControl(socket, 'fetch', wanted, {
      signal,
      onProgress: showProgress,
    })) as SessionRecord;
    process.stdout.write(args.flag('json') ? `${JSON.stringify(record)}\n` : `${inWords(record)}\n`);
    return record.result === 'ok' || record.result === 'nothing' ? 0 : 1;
  },
};

/** A first word that is no message is the mailbox. */
export function wantedBy(words: readonly string[]): WholeWanted {
  const [first, ...rest] = words;
  const mailbox = first !== undefined && messageIn(first) === undefined ? first : undefined;
  const which = (mailbox === undefined ? words : rest).map((word) => {
    const message = messageIn(word);
    if (message === undefined)
      throw new UsageError(`"${word}": expected a Message-ID, or the path of a message's file`);
    return message;
  });
  return { ...(mailbox !== undefined && { mailbox }), which: which.length > 0 ? which : 'all' };
}

/** A Message-ID with its angle brackets, or a file's base name: flags behind the `:` may change at any time. */
function messageIn(word: string): string | undefined {
  if (/^\.{0,2}\/|^(?:.*\/)?(?:cur|new)\//.test(word)) return basename(word).replace(/:.*$/, '') || undefined;
  if (/^<[^<>]+>$/.test(word)) return word;
  return /^[^\s<>/]+@[^\s<>/]+$/.test(word) ? `<${word}>` : undefined;
}
