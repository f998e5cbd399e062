import { parseInternalDate } from '../../../../mail/imap/wire/internal-date.ts';
import { type Item, listOf, textOf } from '../../../../mail/imap/wire/items.ts';
import { decodeMailboxName } from '../../../../mail/imap/wire/mailbox-name.ts';
import { Spool } from '../../store/spool.ts';
import { readFlags } from '../arguments.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandTable, LOGGED_IN } from './command.ts';

/** APPEND; the message comes in as a stream, see `takeAppend`. */
export const appendCommands: CommandTable = {
  APPEND: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const mailbox = await session.mailboxes.mailbox(args.mailbox());
      const flags = readFlags(args.optionalList() ?? []);
      const date = args.left > 1 ? readDate(args.text('the date')) : session.services.clock.now();
      const literal = args.item('the message');
      args.end();
      if (literal.kind !== 'streamed' || !(literal.value instanceof Spool))
        throw bad('The message is no literal');
      const spool = literal.value;
      if (spool.size === 0) throw no('An empty message is none');
      const [stored] = await mailbox.add([{ read: () => spool.read(), flags, internalDate: date }], session);
      const code = session.has('UIDPLUS') ? `APPENDUID ${mailbox.uidvalidity} ${stored?.uid}` : undefined;
      return { text: 'Stored', code };
    },
  },
};

/** Whether a literal is the message of an APPEND: everything but the mailbox name. */
export function isAppendMessage(name: string, items: readonly Item[]): boolean {
  return name === 'APPEND' && items.length > 0;
}

/** Before the client sends the message: is it too large, is there such a mailbox? Throws a Refusal. */
export async function admitAppend(session: Session, items: readonly Item[], size: number): Promise<void> {
  if (size > session.services.limits.maxMessage) {
    throw no(`More than ${session.services.limits.maxMessage} bytes`, 'TOOBIG');
  }
  if (listOf(items[0])) throw bad('the mailbox name is no string');
  await session.mailboxes.mailbox(decodeMailboxName(textOf(items[0]) ?? '', 'client-confused'));
}

/** Reads the message to the spool. */
export async function takeAppend(session: Session, chunks: AsyncIterable<Uint8Array>): Promise<Spool> {
  const spool = session.services.store.spool();
  session.spools.add(spool);
  const { clock, limits } = session.services;
  const end = clock.monotonic() + limits.maxAppendTime;
  for await (const chunk of chunks) {
    await spool.write(chunk);
    // Whoever trickles is sent away when the time is over since the last chunk that was in time.
    if (clock.monotonic() < end) session.transport.alive();
  }
  await spool.end();
  return spool;
}

function readDate(text: string): number {
  const date = parseInternalDate(text);
  if (date === undefined) throw bad('the date is none');
  return date;
}
