import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeDurable } from '../../base/durable.ts';
import type { Files } from '../../base/files.ts';
import { MailError } from '../errors.ts';
import { UidSet } from '../uid-set.ts';

const STATE_FILE = '.ringpost-state';

const uidSet = z.string().transform((text) => UidSet.parse(text));
const flagSets = z.array(z.tuple([z.string(), uidSet])).transform((pairs) => new Map(pairs));
const count = z.number().int().nonnegative();

/**
 * Files that keep the name of an earlier UIDVALIDITY (base names are never changed) and have other UIDs now.
 * A run `[first, now, count]`: the UIDs `first` … in the names are `now` … today.
 */
const renumbering = z.object({
  uidvalidity: count,
  tag: z.string(),
  runs: z.array(z.tuple([count, count, count])),
});

/**
 * A local message that is on its way to the server. Until its answer is here nobody knows whether the server has it: it is then
 * looked for among the messages from UID `since` on.
 */
const sending = z.object({
  base: z.string(),
  /** Empty: it has none. */
  messageId: z.string(),
  size: count,
  since: count,
  /** What it is sent with: on these flags both sides agree then. */
  flags: z.array(z.string()),
  /** The server said that it took it; only its UID is not known. */
  taken: z.boolean().default(false),
});

/** Changes decided and not yet all on the disk: done again after a crash, which does no harm. */
const pending = z.object({
  set: flagSets,
  clear: flagSets,
  expunge: uidSet,
  /** Files without a UID of their own any more, by base name. */
  bases: z.array(z.string()),
});

const state = z.object({
  version: z.literal(1),
  /** Of the current epoch: in the names of files delivered since the last UIDVALIDITY change. */
  tag: z.string(),
  /** 0: never synchronised. */
  uidvalidity: count,
  /** All messages below it are accounted for: held, owed, removed here, or not on the server. */
  uidnext: count,
  /** HIGHESTMODSEQ up to which the server's changes are in; absent: ask for all flags. */
  modseq: z.string().regex(/^\d+$/).transform(BigInt).optional(),
  /** On the disk. */
  held: uidSet,
  /** On the server (or expunged there, unknown to us) and not here yet. */
  owed: uidSet,
  /** Removed here by the user; the server is to be told, and they are not downloaded again. */
  removed: uidSet,
  /** On the disk, taken in after a crash: the flags on which both sides agreed are not known. */
  unsure: uidSet,
  /** Flags last agreed with the server, keywords too. */
  agreed: flagSets,
  /** Flags that the user set or cleared here; the server is to be told. Letter flags only. */
  added: flagSets,
  cleared: flagSets,
  pending: pending.optional(),
  /** UIDs of files whose names say nothing of them, or something else: written or filed here by the user. By base name. */
  adopted: z
    .array(z.tuple([z.string(), count]))
    .default([])
    .transform((pairs) => new Map(pairs)),
  sending: z.array(sending).default([]),
  /** Local messages that the server does not take, or that it lost, by base name: they stay here. */
  refused: z.array(z.object({ base: z.string(), reason: z.string() })).default([]),
  /** Removed here, and changed at the server since: their flags are asked for when they are put back. */
  missed: uidSet.prefault(''),
  /** Of which only the first bytes are here. */
  partial: uidSet.prefault(''),
  /** Partial copies, by base name, that go once the whole message is here beside them. */
  replacing: z.array(z.string()).default([]),
  /** Messages of others whose \Deleted was taken away for an EXPUNGE without UIDPLUS, and has to be put back. */
  unmarked: uidSet.prefault(''),
  renumbered: z.array(renumbering),
  /** Modification times (ms) of the folders as they were read last, when they were old enough to be trusted. */
  folders: z.object({ cur: z.number(), new: z.number() }).optional(),
  /** A download over the budget that the user has not agreed to. */
  awaiting: z.object({ count, bytes: count }).optional(),
  /** The user agreed to download all that is owed now. */
  consented: z.boolean(),
});

/** What a mailbox copy knows of itself. Values are never changed in place. */
export type SyncState = Readonly<z.output<typeof state>>;
export type Pending = z.output<typeof pending>;
export type Sending = z.output<typeof sending>;
export type Renumbering = z.output<typeof renumbering>;

export function freshState(tag: string): SyncState {
  return {
    version: 1,
    tag,
    uidvalidity: 0,
    uidnext: 1,
    held: UidSet.empty,
    owed: UidSet.empty,
    removed: UidSet.empty,
    unsure: UidSet.empty,
    agreed: new Map(),
    added: new Map(),
    cleared: new Map(),
    adopted: new Map(),
    sending: [],
    refused: [],
    unmarked: UidSet.empty,
    missed: UidSet.empty,
    partial: UidSet.empty,
    replacing: [],
    renumbered: [],
    consented: false,
  };
}

/** Reads the state; undefined when there is none. A broken one is never replaced: MailError `disk`. */
export async function loadState(directory: string, files: Files): Promise<SyncState | undefined> {
  const path = join(directory, STATE_FILE);
  const content = await readIfThere(path, files);
  if (content === undefined) return undefined;
  try {
    return state.parse(JSON.parse(content.toString('utf8')));
  } catch (cause) {
    throw new MailError(`${path}: not a state that this program wrote`, {
      code: 'disk',
      fields: { path },
      cause,
    });
  }
}

/** The state as it is on the disk; equal states have equal texts. */
export function stateText(value: SyncState): string {
  return `${JSON.stringify(value, (_key, item) => {
    if (item instanceof Map) return [...item].sort(([a], [b]) => (a < b ? -1 : 1));
    return typeof item === 'bigint' ? String(item) : item;
  })}\n`;
}

/** Writes a `stateText` durably. */
export async function saveState(directory: string, text: string, files: Files): Promise<void> {
  await writeDurable(join(directory, STATE_FILE), text, files);
}

/** The place up to which both copies agree. */
export function reachedPlace(value: SyncState): { uidvalidity: number; uidnext: number } | undefined {
  if (value.uidvalidity === 0) return undefined;
  const firstOwed = value.owed.ranges[0]?.[0] ?? value.uidnext;
  return { uidvalidity: value.uidvalidity, uidnext: Math.min(firstOwed, value.uidnext) };
}

/** Messages that the server had below `uidnext` when it was last asked, whether here or removed here. */
export function knownUids(value: SyncState): UidSet {
  return value.held.union(value.removed);
}
