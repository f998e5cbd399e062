import { type Item, keywordOf } from '../../../../mail/imap/wire/items.ts';
import { decodeMailboxName, encodeMailboxName } from '../../../../mail/imap/wire/mailbox-name.ts';
import { imapString } from '../../mime/imap-text.ts';
import { DELIMITER } from '../../store/account.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import type { Arguments } from '../arguments.ts';
import { listPattern } from '../list-pattern.ts';
import { bad } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandSpec, type CommandTable, LOGGED_IN } from './command.ts';

/** Mailboxes by these names are for this (RFC 6154). */
const SPECIAL_USE: Readonly<Record<string, string>> = {
  Archive: '\\Archive',
  Drafts: '\\Drafts',
  Junk: '\\Junk',
  Sent: '\\Sent',
  Trash: '\\Trash',
};

/** CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, LIST, LSUB, STATUS. */
export const mailboxCommands: CommandTable = {
  CREATE: change('Created', async (session, args) => session.mailboxes.create(args.mailbox())),
  DELETE: change('Deleted', async (session, args) => session.mailboxes.delete(args.mailbox())),
  RENAME: change('Renamed', async (session, args) => {
    const from = args.mailbox();
    await session.mailboxes.rename(from, args.mailbox());
  }),
  SUBSCRIBE: change('Subscribed', async (session, args) => session.mailboxes.subscribe(args.mailbox())),
  UNSUBSCRIBE: change('Unsubscribed', async (session, args) => session.mailboxes.unsubscribe(args.mailbox())),
  LIST: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const { matches, root } = readPattern(args);
      if (root) session.output.line(`* LIST (\\Noselect) "${DELIMITER}" ""`);
      else listAll(session, await session.mailboxes.names(), matches);
      return { text: 'Listed' };
    },
  },
  LSUB: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const { matches } = readPattern(args);
      const existing = new Set(await session.mailboxes.names());
      for (const name of [...session.mailboxes.subscribed].filter(matches)) {
        session.output.line(
          `* LSUB (${existing.has(name) ? '' : '\\Noselect'}) "${DELIMITER}" ${wireName(name)}`,
        );
      }
      return { text: 'Listed' };
    },
  },
  STATUS: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const name = args.mailbox();
      const asked = args.list('the list of items');
      args.end();
      const mailbox = await session.mailboxes.mailbox(name);
      await mailbox.look(false);
      const told = asked.map((item) => statusItem(session, mailbox, item));
      session.output.line(`* STATUS ${wireName(name)} (${told.join(' ')})`);
      return { text: 'Told' };
    },
  },
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

/** Reference and pattern of LIST and LSUB; `root`: only the delimiter is asked for (RFC 3501 6.3.8). */
function readPattern(args: Arguments): { matches: (name: string) => boolean; root: boolean } {
  const reference = args.mailbox();
  const patternText = args.text('the pattern');
  args.end();
  const pattern = reference + decodeMailboxName(patternText, 'client-confused');
  return { matches: listPattern(pattern, DELIMITER), root: patternText === '' };
}

function listAll(session: Session, names: readonly string[], matches: (name: string) => boolean): void {
  for (const name of names.filter(matches)) {
    const children = names.some((other) => other.startsWith(`${name}${DELIMITER}`));
    const use = SPECIAL_USE[name];
    const attributes = [children ? '\\HasChildren' : '\\HasNoChildren', ...(use ? [use] : [])];
    session.output.line(`* LIST (${attributes.join(' ')}) "${DELIMITER}" ${wireName(name)}`);
  }
}

function statusItem(session: Session, mailbox: Mailbox, item: Item): string {
  const name = keywordOf(item) ?? '';
  if (name === 'HIGHESTMODSEQ' && session.has('CONDSTORE')) {
    // RFC 7162 3.1.5: asking for it switches CONDSTORE on.
    session.condstore = true;
    return `${name} ${mailbox.highestModseq}`;
  }
  const value = statusValue(mailbox, name);
  if (value === undefined) throw bad('STATUS asks for something unknown');
  return `${name} ${value}`;
}

function statusValue(mailbox: Mailbox, name: string): number | undefined {
  switch (name) {
    case 'MESSAGES':
      return mailbox.messages.length;
    case 'RECENT':
      return mailbox.messages.filter(({ uid }) => uid >= mailbox.recentFrom).length;
    case 'UIDNEXT':
      return mailbox.uidnext;
    case 'UIDVALIDITY':
      return mailbox.uidvalidity;
    case 'UNSEEN':
      return mailbox.messages.filter(({ flags }) => !flags.includes('\\Seen')).length;
    default:
      return undefined;
  }
}

/** A mailbox name for a response. */
function wireName(name: string): string {
  const text = encodeMailboxName(name);
  return /^[A-Za-z0-9._/-]{1,200}$/.test(text) && !/^NIL$/i.test(text) ? text : imapString(text);
}
