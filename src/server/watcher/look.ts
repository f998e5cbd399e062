import { WatchError } from './errors.ts';
import { compare, type Place, type Told } from './place.ts';
import type { Session } from './session.ts';
import type { WatchContext } from './watch-context.ts';

/** More new messages than this are counted by their UIDs, and their sizes are not asked. */
const MOST_SIZES = 500;

interface Looking {
  readonly user: string;
  readonly mailbox: string;
  readonly device: string;
  /** The mailbox stays open, for IDLE. */
  readonly stay: boolean;
}

/** Looks where a mailbox stands and tells the trigger agent what came; the place moves on once that is on the disk. */
export async function look(session: Session, looking: Looking, context: WatchContext): Promise<void> {
  const { places, log, agent } = context;
  const { user, mailbox, device, stay } = looking;
  const place = stay ? await session.examine(mailbox) : await session.status(mailbox);
  const told = places.get(user, mailbox);
  const meaning = compare(told, device, place);
  const { uidvalidity, uidnext } = place;
  if (meaning.kind === 'nothing') return;
  if (meaning.kind === 'backwards') {
    const fields = { user, mailbox, uidvalidity, uidnext, before: told?.uidnext };
    log.warn(fields, `UIDNEXT of ${mailbox} of ${user} went backwards, which rings nobody`);
  } else {
    const what = meaning.kind === 'news' ? await news(session, looking, meaning.from, place) : all(place);
    if (what.count > 0) {
      log.info({ user, mailbox, device, ...what }, `New mail in ${mailbox} of ${user}: ${why(meaning)}`);
      await agent.stored({ mailbox, device, uidvalidity, uidnext, ...what });
    }
  }
  await places.set(user, mailbox, { device, uidvalidity, uidnext } satisfies Told);
}

/** Of a mailbox never seen the sizes are not asked: it may be large. 0 is "not known". */
function all({ messages }: Place) {
  return { count: messages, size: 0 };
}

/** How much of it is still there: what was moved away or expunged meanwhile rings nobody. */
async function news(session: Session, { mailbox, stay }: Looking, from: number, place: Place) {
  const most = Math.min(place.uidnext - from, place.messages);
  if (most > MOST_SIZES || most === 0) return { count: most, size: 0 };
  if (!stay) await sameStill(session, mailbox, place);
  const sizes = await session.sizes(from, place.uidnext - 1);
  if (!stay) await session.close();
  return { count: sizes.length, size: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Between STATUS and EXAMINE another mailbox may have taken the name. */
async function sameStill(session: Session, mailbox: string, { uidvalidity }: Place): Promise<void> {
  const opened = await session.examine(mailbox);
  if (opened.uidvalidity === uidvalidity) return;
  throw new WatchError(`${mailbox} was numbered anew while it was looked at`, {
    code: 'nonsense',
    temporary: true,
  });
}

function why(meaning: ReturnType<typeof compare>): string {
  if (meaning.kind === 'news') return `from UID ${meaning.from} on`;
  const first = meaning.kind === 'all' && meaning.why === 'first';
  return first ? 'it is looked at for the first time' : 'UIDVALIDITY changed';
}
