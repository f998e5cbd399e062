import { type Item, keywordOf } from '../../../../mail/imap/wire/items.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import { wireName } from '../names.ts';
import { bad } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandTable, LOGGED_IN } from './command.ts';

/** STATUS, with SIZE (RFC 8438) and APPENDLIMIT (RFC 7889). */
export const statusCommands: CommandTable = {
  STATUS: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const name = args.mailbox();
      const asked = readStatusItems(session, args.list('the list of items'));
      args.end();
      await tellStatus(session, name, asked);
      return { text: 'Told' };
    },
  },
};

/** Names of STATUS items. Throws a Refusal for others. */
export function readStatusItems(session: Session, items: readonly Item[]): readonly string[] {
  const names = items.map((item) => keywordOf(item) ?? '');
  if (names.some((name) => !isKnown(session, name))) throw bad('STATUS asks for something unknown');
  return [...new Set(names)];
}

/** Writes the STATUS response of a mailbox. Throws MailServerError `no-mailbox`. */
export async function tellStatus(session: Session, name: string, asked: readonly string[]): Promise<void> {
  const mailbox = await session.mailboxes.mailbox(name);
  await mailbox.look(false);
  // RFC 7162 3.1.5: asking for it switches CONDSTORE on.
  if (asked.includes('HIGHESTMODSEQ')) session.condstore = true;
  const told = asked.map((item) => `${item} ${VALUES[item]?.(mailbox, session)}`);
  session.output.line(`* STATUS ${wireName(name)} (${told.join(' ')})`);
}

function isKnown(session: Session, name: string): boolean {
  return Object.hasOwn(VALUES, name) && (name !== 'HIGHESTMODSEQ' || session.has('CONDSTORE'));
}

const VALUES: Readonly<Record<string, (mailbox: Mailbox, session: Session) => number>> = {
  MESSAGES: ({ messages }) => messages.length,
  RECENT: ({ messages, recentFrom }) => messages.filter(({ uid }) => uid >= recentFrom).length,
  UIDNEXT: ({ uidnext }) => uidnext,
  UIDVALIDITY: ({ uidvalidity }) => uidvalidity,
  UNSEEN: ({ messages }) => messages.filter(({ flags }) => !flags.includes('\\Seen')).length,
  HIGHESTMODSEQ: ({ highestModseq }) => highestModseq,
  SIZE: ({ messages }) => messages.reduce((sum, { size }) => sum + size, 0),
  APPENDLIMIT: (_mailbox, { services }) => services.limits.maxMessage,
};
