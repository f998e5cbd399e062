import type { UidSet } from '../../../../mail/uid-set.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandTable, type Outcome, SELECTED } from './command.ts';

/** EXPUNGE and UID EXPUNGE (RFC 4315). */
export const expungeCommands: CommandTable = {
  EXPUNGE: {
    states: SELECTED,
    updates: 'all',
    async run(session, args) {
      args.end();
      return expunge(session, session.view.mailbox.uids());
    },
  },
  'UID EXPUNGE': {
    states: SELECTED,
    updates: 'all',
    async run(session, args) {
      if (!session.has('UIDPLUS')) throw bad('UID EXPUNGE is not offered');
      const uids = session.view.resolve(args.text('the UIDs'), true);
      args.end();
      return expunge(session, uids);
    },
  },
};

async function expunge(session: Session, uids: UidSet): Promise<Outcome> {
  const { view } = session;
  if (view.readOnly) throw no('The mailbox is read-only', 'READ-ONLY');
  await view.mailbox.expunge(uids, { deletedOnly: true, origin: view });
  return { text: 'Expunged', code: () => highestModseq(session) };
}

/** After everything was told, the client may take this as its new state (RFC 7162 3.2.7). */
export function highestModseq(session: Session): string | undefined {
  return session.qresync ? `HIGHESTMODSEQ ${session.view.mailbox.highestModseq}` : undefined;
}
