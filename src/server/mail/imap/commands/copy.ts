import { UidSet } from '../../../../mail/uid-set.ts';
import type { Mailbox } from '../../store/mailbox.ts';
import { bad, no } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type CommandSpec, type CommandTable, SELECTED } from './command.ts';
import { highestModseq } from './expunge.ts';

const copySpec: CommandSpec = {
  states: SELECTED,
  updates: 'all',
  async run(session, args, byUid) {
    const uids = session.view.resolve(args.text('the messages'), byUid);
    const target = await session.mailboxes.mailbox(args.mailbox());
    args.end();
    const { code } = await copy(session, uids, target);
    return { text: 'Copied', code };
  },
};

/** RFC 6851. COPYUID goes ahead of the EXPUNGE or VANISHED, in an untagged OK. */
const moveSpec: CommandSpec = {
  states: SELECTED,
  updates: 'all',
  async run(session, args, byUid) {
    if (!session.has('MOVE')) throw bad('MOVE is not offered');
    const { view } = session;
    const uids = view.resolve(args.text('the messages'), byUid);
    const target = await session.mailboxes.mailbox(args.mailbox());
    args.end();
    if (view.readOnly) throw no('The mailbox is read-only', 'READ-ONLY');
    const { code, copied } = await copy(session, uids, target);
    if (code) session.output.line(`* OK [${code}] Moved`);
    await view.mailbox.expunge(copied, { deletedOnly: false, origin: view });
    return { text: 'Moved', code: () => highestModseq(session) };
  },
};

/** COPY and MOVE and their UID forms. */
export const copyCommands: CommandTable = {
  COPY: copySpec,
  'UID COPY': copySpec,
  MOVE: moveSpec,
  'UID MOVE': moveSpec,
};

/** All or none; order, flags and INTERNALDATE stay (RFC 3501 6.4.7). */
async function copy(
  session: Session,
  uids: UidSet,
  target: Mailbox,
): Promise<{ code: string | undefined; copied: UidSet }> {
  const source = session.view.mailbox;
  const messages = [...source.among(uids)];
  const stored = await target.add(
    messages.map((message) => ({
      flags: message.flags,
      internalDate: message.internalDate,
      read: () => source.read(message),
    })),
    session,
  );
  const copied = UidSet.of(messages.map(({ uid }) => uid));
  if (copied.isEmpty || !session.has('UIDPLUS')) return { code: undefined, copied };
  const given = UidSet.of(stored.map(({ uid }) => uid));
  return { code: `COPYUID ${target.uidvalidity} ${copied} ${given}`, copied };
}
