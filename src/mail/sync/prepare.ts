import { nodeFiles } from '../../base/files.ts';
import { type Budget, consentNeeded } from './budget.ts';
import { awaitedConsent, withConsent } from './consent.ts';
import { openCopy, readFolders } from './copy.ts';
import { uidOf } from './local.ts';
import type { SyncOptions } from './options.ts';
import { openRegistry, type Registry, registeredId } from './registry.ts';
import { hasChanges } from './upload/uploading.ts';
import { Work } from './work.ts';

/** The mailboxes of one synchronisation, their copies opened and read. */
export interface Prepared {
  /** What was asked for, and what changed here besides. */
  readonly work: readonly Work[];
  /** Set up here and without part in this one. */
  readonly others: readonly Work[];
}

/** Opens all copies that were set up; a mailbox whose copy cannot be opened has an outcome already. */
export async function prepare(options: SyncOptions, budget: Budget): Promise<Prepared> {
  const { root, registry: path, files = nodeFiles, targets, mailboxes = [] } = options;
  const asked = targets.map((target) => new Work(target, options));
  const isAsked = (mailbox: string) => asked.some(({ target }) => target.mailbox === mailbox);
  const others: Work[] = [];
  try {
    const registry = await openRegistry(root, path, files);
    const never = mailboxes.filter((one) => !isAsked(one) && registeredId(registry, one) === undefined);
    asked.push(...never.map((mailbox) => new Work({ mailbox }, options)));
    for (const work of asked) await open(work, { options, registry, budget });
    for (const { mailbox } of registry.data.mailboxes) {
      if (isAsked(mailbox)) continue;
      const work = new Work({ mailbox }, options);
      await open(work, { options, registry, budget });
      others.push(work);
    }
  } catch (error) {
    for (const work of asked) work.fail(error);
  }
  const joins = (one: Work) => !one.outcome && isInvolved(one, [...asked, ...others]);
  return { work: [...asked, ...others.filter(joins)], others: others.filter((one) => !joins(one)) };
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

/** It changed here, or a message of it was filed in another mailbox. */
function isInvolved({ copy, acceptsDeletions }: Work, all: readonly Work[]): boolean {
  if (!copy) return false;
  const { state } = copy;
  const isOfIt = (work: Work) => work.copy?.fresh.some((entry) => uidOf(entry, state) !== undefined);
  return hasChanges({ copy, acceptsDeletions }) || all.some((work) => work.copy !== copy && isOfIt(work));
}
