import type { Entry } from '../maildir/name.ts';
import type { ListedMessage, MailSession, Selected } from '../session.ts';
import { MAX_UID, UidSet } from '../uid-set.ts';
import { consentNeeded } from './budget.ts';
import { consentUsedUp } from './consent.ts';
import { finishPending, lookInto } from './copy.ts';
import { download } from './download.ts';
import type { FlightContext } from './flight.ts';
import { uidOf } from './local.ts';
import { isOwnTag, newTag } from './marker.ts';
import { matchMessages } from './match.ts';
import { advance, wanted } from './plan.ts';
import { renumber, serverPlace } from './renumber.ts';
import { freshState, type SyncState } from './state.ts';

/** About what the server sends for one listed message (FETCH with ENVELOPE), bytes. */
const BYTES_PER_LISTED = 150;

/**
 * The first synchronisation, and the one after a UIDVALIDITY change: what is here is matched with what the server
 * lists, the rest is downloaded, after consent when it is over the budget. Waits for replies between the flights.
 */
export async function startOver(session: MailSession, context: FlightContext): Promise<void> {
  const selected = await session.select(context.copy.mailbox);
  context.deflate(selected.exists * BYTES_PER_LISTED);
  if (await needsListing(context)) await listAndMatch(session, context, selected);
  else context.copy.state = allOwed(context, selected);
  await context.copy.save();
  await fetchOwed(session, context, selected);
}

function allOwed({ copy, budget }: FlightContext, selected: Selected): SyncState {
  const consented = budget.consent || copy.state.consented;
  const fresh = { ...freshState(newTag(copy.id)), consented, ...serverPlace(selected) };
  return advance({ ...fresh, uidnext: 1 }, selected.uidnext);
}

/** With consent and nothing here that could match, listing would be air time for nothing. */
async function needsListing({ copy, budget }: FlightContext): Promise<boolean> {
  const agreed = budget.consent || copy.state.consented;
  return !agreed || (await copy.maildir.list()).some((entry) => mayBeThere(copy, entry));
}

function isPart({ state }: FlightContext['copy'], entry: Entry): boolean {
  const uid = uidOf(entry, state);
  return uid !== undefined && state.partial.has(uid);
}

/** Delivered here in an earlier epoch, or handed to the server. */
function mayBeThere({ id, state }: FlightContext['copy'], { tag, base }: Entry): boolean {
  return isOwnTag(tag, id) || state.adopted.has(base) || state.sending.some((one) => one.base === base);
}

async function listAndMatch(session: MailSession, context: FlightContext, selected: Selected): Promise<void> {
  const { copy, budget, tally } = context;
  const leastBytes = selected.exists * BYTES_PER_LISTED;
  if (budget.refuses(leastBytes, copy.state.consented)) {
    await refuse(context, { count: selected.exists, bytes: leastBytes }, 'more than ');
  }
  const listed = selected.exists > 0 ? await session.list(UidSet.range(1, MAX_UID)) : [];
  const match = await matchMessages(copy.maildir, (entry) => mayBeThere(copy, entry), listed);
  // A part proves nothing: it goes, and comes again.
  const entries = await copy.maildir.list();
  const parts = entries.filter((entry) => isPart(copy, entry));
  const all = { ...match, ambiguous: [...match.ambiguous, ...parts] };
  const { folders: _read, ...before } = copy.state;
  const plan = renumber({ before, tag: newTag(copy.id), id: copy.id, selected, listed, match: all, entries });
  const owed = sizeOf(listed, plan.state.owed);
  if (budget.refuses(owed.bytes, copy.state.consented)) await refuse(context, owed);
  copy.state = plan.state;
  await finishPending(copy);
  tally.addPlan(plan);
  await lookInto(copy);
}

/** Remembers the figures, so that nothing crosses the air for this mailbox until the user has agreed. */
async function refuse(
  { copy, budget }: FlightContext,
  figures: { count: number; bytes: number },
  atLeast?: string,
): Promise<never> {
  copy.state = { ...copy.state, awaiting: figures };
  await copy.save();
  throw consentNeeded(copy.mailbox, figures, budget, atLeast);
}

function sizeOf(listed: readonly ListedMessage[], uids: UidSet): { count: number; bytes: number } {
  const owed = listed.filter((message) => uids.has(message.uid));
  return { count: owed.length, bytes: owed.reduce((sum, message) => sum + message.size, 0) };
}

/** Brings all that is owed. `exists`: how many messages the server has; without any there is nothing to ask for. */
export async function fetchOwed(
  session: MailSession,
  context: FlightContext,
  { exists }: Pick<Selected, 'exists'>,
): Promise<void> {
  const { copy, limit } = context;
  const asked = exists > 0 ? wanted(copy.state) : UidSet.empty;
  const bodies = download({ ...context, asked, gate: Promise.resolve(true) });
  await bodies.settle(
    asked.isEmpty ? Promise.resolve() : session.fetchMessages(asked, bodies.onMessage, { limit }),
  );
  copy.state = consentUsedUp({ ...advance(copy.state, bodies.uids.last + 1), owed: UidSet.empty });
  await copy.save();
}
