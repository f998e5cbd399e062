import type { ListedMessage } from '../session.ts';
import { UidSet } from '../uid-set.ts';
import { overSession } from './budget.ts';
import { download } from './download.ts';
import type { FlightContext } from './flight.ts';
import { wanted } from './plan.ts';
import type { Selection } from './upload/selection.ts';

/** Of so many messages at most the sizes are asked for: about 150 bytes each. */
const LOOK_AT = 200;
/** Messages that share a command: what is newest is here first when the session breaks. */
const AT_ONCE = 8;

/** Brings the newest messages that fit in the session. MailError `owed` when some are left. */
export async function fetchNewest(selection: Selection, context: FlightContext): Promise<void> {
  const { copy, limit } = context;
  const asked = wanted(copy.state).intersect(copy.state.owed);
  const listed = await selection.send(copy, (session) => session.list(newest(asked)));
  const fitting = thatFit(listed, context);
  const bodies = download({ ...context, asked: fitting, gate: Promise.resolve(true) });
  await bodies.settle(
    selection.send(copy, (session) =>
      Promise.all(groups(fitting).map((uids) => session.fetchMessages(uids, bodies.onMessage, { limit }))),
    ),
  );
  const gone = newest(asked).without(UidSet.of(listed.map(({ uid }) => uid)));
  copy.state = { ...copy.state, owed: copy.state.owed.without(gone) };
  await copy.save();
  if (!copy.state.owed.isEmpty) throw overSession(copy.mailbox);
}

function newest(uids: UidSet): UidSet {
  return UidSet.of([...uids].slice(-LOOK_AT));
}

function thatFit(listed: readonly ListedMessage[], { budget, copy, limit }: FlightContext): UidSet {
  let bytes = 0;
  const uids: number[] = [];
  for (const { uid, size } of [...listed].sort((a, b) => b.uid - a.uid)) {
    bytes += Math.min(size, limit ?? size);
    if (!budget.fits(bytes, copy.state.consented)) break;
    uids.push(uid);
  }
  return UidSet.of(uids);
}

/** Newest first. */
function groups(uids: UidSet): UidSet[] {
  const descending = [...uids].reverse();
  const starts = descending.flatMap((_uid, index) => (index % AT_ONCE === 0 ? [index] : []));
  return starts.map((start) => UidSet.of(descending.slice(start, start + AT_ONCE)));
}
