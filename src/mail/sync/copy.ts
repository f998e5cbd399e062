import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { undefinedIfMissing } from '../../base/durable.ts';
import { codeOf } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { mailboxDirectory } from '../maildir/mailbox-path.ts';
import { type Maildir, openMaildir } from '../maildir/maildir.ts';
import type { Entry } from '../maildir/name.ts';
import { letterOf } from './flags.ts';
import { reconcile, uidOf, viewOf } from './local.ts';
import { newTag, readMarker, sweepLeftOvers, writeMarker } from './marker.ts';
import { type News, type Plan, planNews } from './plan.ts';
import { type Registry, register, registeredId } from './registry.ts';
import { finishReplacing } from './replacing.ts';
import { freshState, loadState, type Pending, type SyncState, saveState, stateText } from './state.ts';

/** A folder changed less than this ago may change again within the same tick of its modification time (vfat: 2 s). */
const SETTLED_MS = 2000;

/** One mailbox on this machine: its messages and its state. Belongs to one synchronisation at a time. */
export interface Copy {
  readonly mailbox: string;
  readonly id: string;
  readonly maildir: Maildir;
  /** What is true on the disk, or will be once `save` resolved. */
  state: SyncState;
  /** Messages here that the server has not, as the folders were read last. */
  fresh: readonly Entry[];
  /** Flags that messages removed here were given at the server meanwhile: they may have been filed elsewhere. */
  readonly flagsOfRemoved: Map<number, readonly string[]>;
  /** The folders were read, or are as they were when they were read last. */
  isRead: boolean;
  /** Writes the state when it differs from what the disk has. */
  save(): Promise<void>;
}

export interface CopyPlace {
  readonly root: string;
  readonly mailbox: string;
  readonly registry: Registry;
  readonly files: Files;
  readonly clock: Clock;
}

/**
 * Opens the copy of a mailbox, setting it up when it never was: directories, then the marker, then the registry,
 * so that a crash in between is a set-up to be finished. Throws MailError `not-our-mailbox` when the marker is
 * missing or another one where there should be one, or when the directory holds another program's mail.
 */
export async function openCopy(place: CopyPlace): Promise<Copy> {
  const { mailbox, registry, files } = place;
  const path = mailboxDirectory(place.root, mailbox);
  const expected = registeredId(registry, mailbox);
  const found = await readMarker(path, files);
  if (expected !== undefined && found?.id !== expected) throw lost(mailbox, path);
  if (found && found.mailbox !== mailbox)
    throw notOurs(path, `it is marked as the copy of "${found.mailbox}"`);
  if (!found && (await holdsMessages(path, files))) throw notOurs(path, 'it holds mail of another program');
  const maildir = await openMaildir(path, {
    files,
    clock: place.clock,
    create: expected === undefined,
  }).catch((error: unknown) => {
    throw codeOf(error) === 'no-mailbox' ? lost(mailbox, path, error) : error;
  });
  const { id } = found ?? (await writeMarker(path, mailbox, files));
  await register(registry, mailbox, id);
  await sweepLeftOvers(path, files);
  const state = await loadState(path, files);
  return new DirectoryCopy(place, maildir, id, state);
}

class DirectoryCopy implements Copy {
  readonly mailbox: string;
  readonly id: string;
  readonly maildir: Maildir;
  readonly #files: Files;
  #saved: string | undefined;
  state: SyncState;
  fresh: readonly Entry[] = [];
  readonly flagsOfRemoved = new Map<number, readonly string[]>();
  isRead = false;

  constructor(place: CopyPlace, maildir: Maildir, id: string, state: SyncState | undefined) {
    this.mailbox = place.mailbox;
    this.#files = place.files;
    this.maildir = maildir;
    this.id = id;
    this.state = state ?? freshState(newTag(id));
    this.#saved = state && stateText(state);
  }

  async save(): Promise<void> {
    const text = stateText(this.state);
    if (text === this.#saved) return;
    await saveState(this.maildir.path, text, this.#files);
    this.#saved = text;
  }
}

/**
 * Brings the state in step with the folders: finishes what a crash cut off, then reads them if they changed
 * since they were read last. Nothing is written to the server's side.
 */
export async function readFolders(copy: Copy, files: Files, clock: Clock): Promise<void> {
  await finishPending(copy);
  await finishReplacing(copy);
  const now = clock.now();
  const folders = {
    cur: (await files.stat(join(copy.maildir.path, 'cur'))).mtimeMs,
    new: (await files.stat(join(copy.maildir.path, 'new'))).mtimeMs,
  };
  const before = copy.state.folders;
  const nothingOpen = copy.state.sending.length === 0;
  copy.isRead = nothingOpen && before?.cur === folders.cur && before.new === folders.new;
  if (copy.isRead) return;
  await lookInto(copy);
  copy.isRead = true;
  // With something on its way to the server, they are read again the next time.
  const settled = Math.max(folders.cur, folders.new) < now - SETTLED_MS;
  if (settled && copy.fresh.length === 0) copy.state = { ...copy.state, folders };
}

/** Lists the folders, and takes in what changed there. */
export async function lookInto(copy: Copy): Promise<void> {
  const view = viewOf(await copy.maildir.scan(), copy.state);
  const { folders: _old, ...state } = reconcile(copy.state, view);
  copy.state = state;
  copy.fresh = await withoutMoving(copy, view.fresh);
}

/** A message that a mail reader moves from `new` to `cur` this moment was listed in both: it is no copy of itself. */
async function withoutMoving({ maildir, state }: Copy, fresh: readonly Entry[]): Promise<readonly Entry[]> {
  const heldUid = (entry: Entry) => {
    const uid = uidOf(entry, state);
    return uid !== undefined && state.held.has(uid) ? uid : undefined;
  };
  const doubtful = new Map(fresh.flatMap((entry) => (heldUid(entry) ? [[heldUid(entry), new Set()]] : [])));
  if (doubtful.size === 0) return fresh;
  for (const entry of await maildir.scan()) doubtful.get(uidOf(entry, state))?.add(entry.base);
  return fresh.filter((entry) => (doubtful.get(heldUid(entry))?.size ?? 2) > 1);
}

/** Write-ahead: what the server's news mean is saved, done on the disk, and its end is saved. */
export async function takeNews(copy: Copy, news: News): Promise<Plan> {
  const plan = planNews(copy.state, news);
  copy.state = plan.state;
  await finishPending(copy);
  return plan;
}

/** Does on the disk what the saved state says is pending, then says so in the state. Harmless to repeat. */
export async function finishPending(copy: Copy): Promise<void> {
  const { pending, ...rest } = copy.state;
  if (!pending) return;
  await copy.save();
  const batch = copy.maildir.batch();
  for (const [entry, uid] of affected(await copy.maildir.scan(), copy.state, pending)) {
    const goes = uid === undefined || pending.expunge.has(uid);
    if (goes) await batch.remove(entry);
    else await batch.setFlags(entry, changedLetters(entry.flags, uid, pending)).catch(unlessGone);
  }
  await batch.commit();
  copy.state = rest;
  await copy.save();
}

function* affected(
  entries: Iterable<Entry>,
  state: SyncState,
  pending: Pending,
): Iterable<readonly [Entry, number | undefined]> {
  const bases = new Set(pending.bases);
  const sets = [pending.expunge, ...pending.set.values(), ...pending.clear.values()];
  for (const entry of entries) {
    const uid = uidOf(entry, state);
    if (bases.has(entry.base)) yield [entry, undefined];
    else if (uid !== undefined && sets.some((set) => set.has(uid))) yield [entry, uid];
  }
}

function changedLetters(letters: string, uid: number, pending: Pending): string {
  const next = new Set(letters);
  for (const [flag, uids] of pending.set) if (uids.has(uid)) next.add(letterOf(flag) ?? '');
  for (const [flag, uids] of pending.clear) if (uids.has(uid)) next.delete(letterOf(flag) ?? '');
  return [...next].join('');
}

/** The user removed the message this very moment: seen as a local removal next time. */
function unlessGone(error: unknown): void {
  if (!(error instanceof MailError && error.code === 'message-gone')) throw error;
}

async function holdsMessages(path: string, files: Files): Promise<boolean> {
  for (const folder of ['cur', 'new']) {
    const names = (await files.list(join(path, folder)).catch(undefinedIfMissing)) ?? [];
    if (names.some((name) => !name.startsWith('.'))) return true;
  }
  return false;
}

function lost(mailbox: string, path: string, cause?: unknown): MailError {
  return new MailError(
    `${path}: the copy of "${mailbox}" that was set up here is gone (lost mount, another card?); nothing is done`,
    { code: 'not-our-mailbox', fields: { mailbox, path }, cause },
  );
}

function notOurs(path: string, why: string): MailError {
  return new MailError(`${path}: not this mailbox's copy: ${why}; nothing is done`, {
    code: 'not-our-mailbox',
    fields: { path },
  });
}
