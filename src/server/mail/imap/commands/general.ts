import { keywordOf } from '../../../../mail/imap/wire/items.ts';
import { capabilities } from '../capabilities.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import { ANY, type CommandTable, LOGGED_IN, SELECTED } from './command.ts';

/** CAPABILITY, NOOP, LOGOUT, ID, ENABLE, NAMESPACE, CHECK, COMPRESS. */
export const generalCommands: CommandTable = {
  CAPABILITY: {
    states: ANY,
    updates: 'all',
    async run(session, args) {
      args.end();
      session.output.line(`* CAPABILITY ${capabilities(session)}`);
      return { text: 'That is all' };
    },
  },
  NOOP: {
    states: ANY,
    updates: 'all',
    async run(session, args) {
      args.end();
      if (session.state === 'selected') await session.view.mailbox.look(false);
      return { text: 'Nothing done' };
    },
  },
  CHECK: {
    states: SELECTED,
    updates: 'all',
    async run(session, args) {
      args.end();
      await session.view.mailbox.look();
      return { text: 'Checked' };
    },
  },
  LOGOUT: {
    states: ANY,
    updates: 'none',
    async run(session, args) {
      args.end();
      session.output.line('* BYE Until the next mail');
      session.ended = true;
      return { text: 'Logged out' };
    },
  },
  /** RFC 2971; what the client says of itself is not kept. */
  ID: {
    states: ANY,
    updates: 'none',
    async run(session, args) {
      args.item('the list');
      args.end();
      session.output.line('* ID ("name" "Ringpost")');
      return { text: 'Pleased to meet you' };
    },
  },
  /** RFC 5161; names that are not known are passed over. */
  ENABLE: {
    states: ['authenticated'],
    updates: 'all',
    async run(session, args) {
      if (args.left === 0) throw bad('ENABLE names nothing');
      const asked = args.rest().map((item) => keywordOf(item) ?? '');
      session.output.line(['* ENABLED', ...enable(session, asked)].join(' '));
      return { text: 'Enabled' };
    },
  },
  NAMESPACE: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      args.end();
      session.output.line('* NAMESPACE (("" "/")) NIL NIL');
      return { text: 'One namespace' };
    },
  },
  /** RFC 4978. The tagged OK is the last that is not compressed. */
  COMPRESS: {
    states: LOGGED_IN,
    updates: 'none',
    async run(session, args) {
      if (!session.has('COMPRESS=DEFLATE')) throw bad('COMPRESS is not offered');
      if (args.keyword('the mechanism') !== 'DEFLATE') throw no('Only DEFLATE');
      args.end();
      if (session.transport.compressed) throw no('Compressed already', 'COMPRESSIONACTIVE');
      return { text: 'DEFLATE from here on', after: () => session.transport.compress() };
    },
  },
};

function enable(session: Session, asked: readonly string[]): string[] {
  const enabled: string[] = [];
  if (asked.includes('CONDSTORE') && session.has('CONDSTORE')) {
    session.condstore = true;
    enabled.push('CONDSTORE');
  }
  if (asked.includes('QRESYNC') && session.has('QRESYNC')) {
    // RFC 7162 3.2.3: QRESYNC includes CONDSTORE.
    session.condstore = true;
    session.qresync = true;
    enabled.push('QRESYNC');
  }
  return enabled;
}
