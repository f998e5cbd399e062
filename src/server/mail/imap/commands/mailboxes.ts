import { type Item, keywordOf, listOf, textOf } from '../../../../mail/imap/wire/items.ts';
import { readUses } from '../../store/special-use.ts';
import type { Arguments } from '../arguments.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandSpec, type CommandTable, LOGGED_IN } from './command.ts';

/** CREATE (also with USE, RFC 6154 3), DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE. */
export const mailboxCommands: CommandTable = {
  CREATE: change('Created', async (session, args) => {
    const name = args.mailbox();
    await session.mailboxes.create(name, readCreateUses(args.optionalList()));
  }),
  DELETE: change('Deleted', async (session, args) => session.mailboxes.delete(args.mailbox())),
  RENAME: change('Renamed', async (session, args) => {
    const from = args.mailbox();
    await session.mailboxes.rename(from, args.mailbox());
  }),
  SUBSCRIBE: change('Subscribed', async (session, args) => session.mailboxes.subscribe(args.mailbox())),
  UNSUBSCRIBE: change('Unsubscribed', async (session, args) => session.mailboxes.unsubscribe(args.mailbox())),
};

function change(text: string, work: (session: Session, args: Arguments) => Promise<void>): CommandSpec {
  return {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      await work(session, args);
      return { text };
    },
  };
}

/** `(USE (\Sent))`. */
function readCreateUses(items: readonly Item[] | undefined): readonly string[] | undefined {
  if (!items) return undefined;
  const named = listOf(items[1]);
  if (keywordOf(items[0]) !== 'USE' || !named || items.length > 2) throw bad('CREATE knows USE only');
  const uses = readUses(named.map((item) => textOf(item) ?? '?').join(' '));
  if (!uses) throw no('There is no such special use here', 'USEATTR');
  return uses;
}
