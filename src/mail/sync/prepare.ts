import { nodeFiles } from '../../base/files.ts';
import type { Entry } from '../maildir/name.ts';
import type { MailSession } from '../session.ts';
import { type Budget, consentNeeded } from './budget.ts';
import { awaitedConsent, withConsent } from './consent.ts';
import { openCopy, readFolders } from './copy.ts';
import { inOtherFolders } from './elsewhere.ts';
import { uidOf } from './local.ts';
import type { SyncOptions, SyncTarget } from './options.ts';
import { openRegistry, type Registry, registeredId } from './registry.ts';
import { learnRoles, mailboxNamed } from './roles.ts';
import { hasChanges } from './upload/uploading.ts';
import { wantedIn } from './whole.ts';
import { Work } from './work.ts';

/** The mailboxes of one synchronisation, their copies opened and read. */
export interface Prepared {
  /** What was asked for, and what changed here besides. */
  readonly work: readonly Work[];
  /** Set up here and without part in this one. */
  readonly others: readonly Work[];
  /** Messages in folders that are no copies of ours, where any is missing from one that is. */
  readonly elsewhere: readonly Entry[];
}

/**
 * Opens all copies that were set up; a mailbox whose copy cannot be opened has an outcome already. `session` is asked for when
 * only the server knows which mailbox is meant.
 */
export async function prepare(
  options: SyncOptions,
  budget: Budget,
  session: () => Promise<MailSession>,
): Promise<Prepared> {
  try {
    return await prepareAll(options, budget, session);
  } catch (error) {
    const work = options.targets.map((target) => new Work(target, options));
    for (const one of work) one.fail(error);
    return { work, others: [], elsewhere: [] };
  }
}

async function prepareAll(
  options: SyncOptions,
  budget: Budget,
  session: () => Promise<MailSession>,
): Promise<Prepared> {
  const { root, registry: path, files = nodeFiles, targets, mailboxes = [] } = options;
  const registry = await openRegistry(root, path, files);
  await learnRoles([...targets.map(({ mailbox }) => mailbox), ...mailboxes], registry, session);
  const place = { options, registry, budget };
  const asked = targets.map((target) => named(target, place));
  asked.push(...neverSetUp(mailboxes, place).filter((one) => !isAmong(asked, one)));
  const others = setUp(place).filter((one) => !isAmong(asked, one));
  const all = [...asked, ...others];
  for (const work of all) if (!work.outcome) await open(work, place);
  const isMissed = all.some(({ copy }) => copy && !copy.state.removed.isEmpty);
  const joins = (one: Work) => !one.outcome && isInvolved(one, all, options);
  return {
    work: [...asked, ...others.filter(joins)],
    others: others.filter((one) => !joins(one)),
    elsewhere: isMissed ? await inOtherFolders(root, registry, files) : [],
  };
}

function named(target: SyncTarget, { options, registry }: Place): Work {
  try {
    return new Work({ ...target, mailbox: mailboxNamed(target.mailbox, registry) }, options);
  } catch (error) {
    const work = new Work(target, options);
    work.fail(error);
    return work;
  }
}

function neverSetUp(mailboxes: readonly string[], place: Place): Work[] {
  const works = mailboxes.map((mailbox) => named({ mailbox }, place));
  return works.filter(({ target }) => registeredId(place.registry, target.mailbox) === undefined);
}

function setUp({ options, registry }: Place): Work[] {
  return registry.data.mailboxes.map(({ mailbox }) => new Work({ mailbox }, options));
}

function isAmong(works: readonly Work[], { target }: Work): boolean {
  return works.some((one) => one.target.mailbox === target.mailbox);
}

interface Place {
  readonly options: SyncOptions;
  readonly registry: Registry;
  readonly budget: Budget;
}

async function open(work: Work, place: Place): Promise<void> {
  await openWork(work, place).catch((error: unknown) => work.fail(error));
}

async function openWork(work: Work, { options, registry, budget }: Place): Promise<void> {
  const { root, clock, files = nodeFiles } = options;
  const { mailbox } = work.target;
  const copy = await openCopy({ root, mailbox, registry, files, clock });
  work.copy = copy;
  const awaited = awaitedConsent(copy.state, budget);
  if (awaited) throw consentNeeded(mailbox, awaited, budget);
  copy.state = withConsent(copy.state, budget);
  await readFolders(copy, files, clock);
  if (copy.state.uidvalidity !== 0) work.way = copy.state.sending.length > 0 ? 'resume' : 'flight';
}

/** It changed here, parts of it are to become whole, or a message of it was filed in another mailbox. */
function isInvolved({ copy }: Work, all: readonly Work[], { fetch = [] }: SyncOptions): boolean {
  if (!copy) return false;
  const { state } = copy;
  const isOfIt = (work: Work) => work.copy?.fresh.some((entry) => uidOf(entry, state) !== undefined);
  return (
    hasChanges(copy) ||
    wantedIn(copy, fetch).length > 0 ||
    all.some((work) => work.copy !== copy && isOfIt(work))
  );
}
