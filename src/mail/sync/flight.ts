import type { Log } from '../../base/log.ts';
import { MailError } from '../errors.ts';
import type { FlagUpdate, Known, MailSession, Selected } from '../session.ts';
import { UidSet } from '../uid-set.ts';
import type { Budget } from './budget.ts';
import { consentUsedUp } from './consent.ts';
import { type Copy, takeNews } from './copy.ts';
import { type Download, download } from './download.ts';
import { advance, emptied, type News, nonsense, wanted } from './plan.ts';
import { knownUids } from './state.ts';
import type { Tally } from './tally.ts';
import type { Selection } from './upload/selection.ts';

/** About what the server sends for the flags of one message, and for a message of unknown size; bytes. */
const BYTES_PER_FLAGS = 40;
const BYTES_PER_MESSAGE = 3000;

export interface FlightContext {
  readonly copy: Copy;
  readonly budget: Budget;
  readonly tally: Tally;
  readonly log: Log;
  /** New messages are left owed: they are over a budget, or have to be brought later. */
  readonly holdBack: boolean;
  /** They do not fit in the session: after the flight the newest are brought. Only with `holdBack`. */
  readonly newestFirst: boolean;
  /** Bytes of new mail that the server said to expect. */
  readonly hintBytes: number;
  /** Messages over this size, in bytes, are only begun. */
  readonly limit?: number | undefined;
  /** Has the rest of the session compressed when so many bytes make it worth a flight more. Once a session. */
  readonly deflate: (expectedBytes: number) => void;
  /** The user said that it may be emptied. */
  readonly acceptsDeletions: boolean;
  /** For what has to be asked after the flight: other mailboxes may have been selected in it. */
  readonly selection: Selection;
  /** Ends the session at once, because what is still to come is of no use. */
  readonly stop: () => Promise<void>;
}

/** A mailbox whose commands are all on their way. */
export interface Flight {
  /** Nothing has to be asked for after the replies: LOGOUT may be sent behind the commands. */
  readonly complete: boolean;
  /**
   * Takes the replies in as they come. `renumbered`: the UIDVALIDITY is another one, nothing was touched;
   * `ask-flags`: the server did not tell what changed (QRESYNC refused), to be asked without QRESYNC.
   */
  readonly landed: Promise<Landing>;
}

/** `newest-first`: done, but for the new messages. */
export type Landing = 'done' | 'newest-first' | 'renumbered' | 'ask-flags';

/** How the changes below UIDNEXT are learnt. */
type Way =
  /** SELECT with QRESYNC tells all of them. */
  | 'resync'
  /** UID FETCH … CHANGEDSINCE tells flags; UID SEARCH tells what vanished, and is needed only when EXISTS says so. */
  | 'changed-since'
  /** UID FETCH FLAGS of all known messages tells both: what is not answered is not there. */
  | 'all-flags';

/**
 * Sends all that one synchronisation of a mailbox needs (SELECT, flags, bodies) without waiting for anything.
 * In step with a QRESYNC server, that and LOGOUT is the whole session.
 */
export function takeOff(session: MailSession, context: FlightContext, allowResync = true): Flight {
  const { state } = context.copy;
  const way = chooseWay(session, context, allowResync);
  const asked = context.holdBack ? UidSet.empty : wanted(state);
  const known = knownUids(state);
  const selected = session.select(context.copy.mailbox, way === 'resync' ? whatIsKnown(context) : undefined);
  context.deflate(expectedBytes(context, way));
  const flags = askFlags(session, context, way);
  const selection = selected.then((said) => onSelected(said, context, way));
  const gate = selection.then((outcome) => outcome !== 'renumbered');
  const bodies = download({ ...context, asked, gate });
  const fetched = asked.isEmpty
    ? Promise.resolve()
    : session.fetchMessages(asked, bodies.onMessage, { limit: context.limit });
  for (const promise of [selected, selection, gate, flags, fetched]) promise.catch(() => {});
  const replies: Replies = { way, asked, known, selected, selection, flags, fetched, bodies };
  const landed = land(context, replies);
  // With several mailboxes, one is waited for after the other.
  landed.catch(() => {});
  return { complete: way !== 'changed-since' && !context.newestFirst, landed };
}

interface Replies {
  readonly way: Way;
  readonly asked: UidSet;
  readonly known: UidSet;
  readonly selected: Promise<Selected>;
  readonly selection: ReturnType<typeof onSelected>;
  readonly flags: Promise<readonly FlagUpdate[]>;
  readonly fetched: Promise<void>;
  readonly bodies: Download;
}

function chooseWay(session: MailSession, { copy }: FlightContext, allowResync: boolean): Way {
  if (copy.state.modseq === undefined || !session.offers.condstore) return 'all-flags';
  return session.offers.qresync && allowResync ? 'resync' : 'changed-since';
}

/** What the replies after SELECT will come to, about. */
function expectedBytes({ copy: { state }, hintBytes, holdBack }: FlightContext, way: Way): number {
  const flags = way === 'all-flags' ? knownUids(state).size * BYTES_PER_FLAGS : 0;
  return flags + (holdBack ? 0 : hintBytes + state.owed.size * BYTES_PER_MESSAGE);
}

function whatIsKnown({ copy: { state } }: FlightContext): Known {
  const { uidvalidity, modseq } = state;
  const uids = knownUids(state).union(state.owed);
  return modseq === undefined ? { uidvalidity, uids } : { uidvalidity, modseq, uids };
}

/** Flags of messages taken in after a crash are not known, whatever the way. */
async function askFlags(
  session: MailSession,
  { copy: { state } }: FlightContext,
  way: Way,
): Promise<readonly FlagUpdate[]> {
  const ask = (uids: UidSet, since?: bigint) =>
    uids.isEmpty ? Promise.resolve([]) : session.fetchFlags(uids, since);
  if (way === 'all-flags') return ask(knownUids(state));
  const changed = way === 'resync' ? Promise.resolve([]) : ask(knownUids(state), state.modseq);
  const unsure = ask(state.unsure);
  return (await Promise.all([changed, unsure])).flat();
}

/**
 * The first replies, before any body: whether this is the mailbox that the copy knows, and what changed in it.
 * Bodies wait for it, so that one thing at a time changes the copy.
 */
async function onSelected(
  selected: Selected,
  context: FlightContext,
  way: Way,
): Promise<'known' | 'renumbered'> {
  const { copy } = context;
  if (selected.uidvalidity !== copy.state.uidvalidity) {
    await context.stop();
    return 'renumbered';
  }
  const wrong =
    nonsense(copy.state, selected) ?? (context.acceptsDeletions ? undefined : emptied(copy.state, selected));
  if (wrong) {
    await context.stop();
    throw new MailError(`${copy.mailbox}: ${wrong}; both copies are left alone`, { code: 'went-back' });
  }
  copy.state = advance(copy.state, selected.uidnext);
  if (way === 'resync' && selected.resynced) {
    if (selected.highestModseq !== undefined) copy.state = { ...copy.state, modseq: selected.highestModseq };
    await takeIn(context, { updates: selected.changed, vanished: selected.vanished });
  }
  return 'known';
}

async function takeIn({ copy, tally }: FlightContext, news: News): Promise<void> {
  if (news.updates.length === 0 && news.vanished.isEmpty) return;
  const { removed } = copy.state;
  for (const { uid, flags } of news.updates) if (removed.has(uid)) copy.flagsOfRemoved.set(uid, flags);
  tally.addPlan(await takeNews(copy, news));
}

async function land(context: FlightContext, replies: Replies): Promise<Landing> {
  const { copy } = context;
  const { selection, fetched } = replies;
  await replies.bodies.settle(selection.then((outcome) => (outcome === 'known' ? fetched : undefined)));
  if ((await selection) === 'renumbered') return 'renumbered';
  // Only now: Dovecot answers FETCH of flags behind the bodies of the next FETCH, which therefore must not wait for it.
  await takeIn(context, { updates: await replies.flags, vanished: UidSet.empty });
  copy.state = allCame(copy.state, replies);
  const selected = await replies.selected;
  if (replies.way === 'resync') return selected.resynced ? done(context) : 'ask-flags';
  await takeIn(context, { updates: [], vanished: await findVanished(context, replies) });
  const { modseq: _before, ...state } = copy.state;
  copy.state = selected.highestModseq === undefined ? state : { ...state, modseq: selected.highestModseq };
  return done(context);
}

async function done({ copy, newestFirst }: FlightContext): Promise<Landing> {
  copy.state = consentUsedUp(copy.state);
  await copy.save();
  return newestFirst ? 'newest-first' : 'done';
}

/** Everything asked for is here or exists no more, so nothing of it is owed, and UIDNEXT is behind the last one. */
function allCame(state: Copy['state'], { asked, bodies }: Replies): Copy['state'] {
  if (asked.isEmpty) return state;
  return { ...advance(state, bodies.uids.last + 1), owed: state.owed.without(asked) };
}

/**
 * Known messages that the server has no more. EXISTS alone proves that there are none when it equals the known
 * ones plus those that just came from below UIDNEXT: below UIDNEXT a mailbox only shrinks, since UIDs are never
 * given twice, so equal counts are equal sets. (Needs all that was owed to have been asked for.)
 */
async function findVanished(context: FlightContext, replies: Replies): Promise<UidSet> {
  const { known, way, asked, bodies } = replies;
  const selected = await replies.selected;
  const came = [...bodies.uids].filter((uid) => uid < selected.uidnext && !known.has(uid)).length;
  if (!asked.isEmpty && selected.exists === known.size + came) return UidSet.empty;
  if (way === 'changed-since') return known.isEmpty ? known : known.without(await existing(context, known));
  const answered = UidSet.of((await replies.flags).map((update) => update.uid)).intersect(known);
  if (!context.holdBack && selected.exists <= answered.size + came) return known.without(answered);
  if (known.size === answered.size) return UidSet.empty;
  context.log.warn(
    { mailbox: context.copy.mailbox, exists: selected.exists, answered: answered.size, came },
    'the server answered for fewer messages than it has; nothing is removed on that word',
  );
  return UidSet.empty;
}

function existing({ selection, copy }: FlightContext, known: UidSet): Promise<UidSet> {
  return selection.send(copy, (session) => session.existing(known));
}
