import { codeOf } from '../../../../base/errors.ts';
import type { StoredMessage } from '../../store/records.ts';
import type { SearchKey } from '../search/key.ts';
import { readSearch } from '../search/keys.ts';
import { MessageSubject } from '../search/subject.ts';
import type { Session } from '../session.ts';
import { type CommandSpec, type CommandTable, SELECTED } from './command.ts';

/** SEARCH and UID SEARCH. */
export const searchCommands: CommandTable = {
  SEARCH: search('no-expunge'),
  'UID SEARCH': search('all'),
};

function search(updates: 'all' | 'no-expunge'): CommandSpec {
  return {
    states: SELECTED,
    updates,
    async run(session, args, byUid) {
      const key = readSearch(args, session.view);
      if (key.usesModseq) session.condstore = true;
      const found = await findAll(session, key);
      const numbers = found.map(({ uid }) => (byUid ? uid : (session.view.numberOf(uid) ?? 0)));
      const highest = found.reduce((most, { modseq }) => Math.max(most, modseq), 0);
      const modseq = key.usesModseq && found.length > 0 ? ` (MODSEQ ${highest})` : '';
      session.output.line(`* SEARCH${numbers.map((number) => ` ${number}`).join('')}${modseq}`);
      return { text: 'Searched' };
    },
  };
}

async function findAll(session: Session, key: SearchKey): Promise<StoredMessage[]> {
  const { view, transport } = session;
  const found: StoredMessage[] = [];
  for (const message of [...view.mailbox.messages]) {
    if (view.numberOf(message.uid) === undefined) continue;
    const recent = view.isRecent(message.uid);
    if (await holds(key, new MessageSubject(view.mailbox, message, recent))) found.push(message);
    transport.alive();
  }
  return found;
}

/** A message that goes away while it is read does not match. */
async function holds(key: SearchKey, subject: MessageSubject): Promise<boolean> {
  try {
    return await key.holds(subject);
  } catch (error) {
    if (codeOf(error) !== 'message-gone') throw error;
    return false;
  }
}
