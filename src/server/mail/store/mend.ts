import type { Log } from '../../../base/log.ts';
import type { Maildir } from '../../../mail/maildir/maildir.ts';
import type { Entry } from '../../../mail/maildir/name.ts';
import { UidSet } from '../../../mail/uid-set.ts';
import { foreignLetters, toLetters, withLetters } from './flags.ts';
import type { Journal } from './journal.ts';
import type { MessageFiles } from './message-files.ts';
import { addRecord, type JournalRecord, type StoredMessage } from './records.ts';

export type Mended =
  | { readonly kind: 'added'; readonly messages: readonly StoredMessage[] }
  | { readonly kind: 'flags'; readonly uids: UidSet }
  | { readonly kind: 'expunged'; readonly uids: UidSet };

export interface MendParts {
  readonly maildir: Maildir;
  readonly journal: Journal;
  readonly files: MessageFiles;
  readonly log: Log;
}

/**
 * Brings the index in line with what is in the directory: files that came (from other programs, or in a crash
 * before the index was written), files that went, and flags in file names that changed.
 */
export async function mend(parts: MendParts): Promise<readonly Mended[]> {
  const { state } = parts.journal;
  const unknown = new Map((await parts.maildir.list()).map((entry) => [entry.base, entry]));
  const missing: StoredMessage[] = [];
  const flagged: { message: StoredMessage; flags: readonly string[] }[] = [];
  for (const message of state.messages) {
    const entry = unknown.get(message.base);
    if (!entry) {
      missing.push(message);
      continue;
    }
    unknown.delete(message.base);
    const flags = flagsNow(message, entry);
    if (flags) flagged.push({ message, flags });
    parts.files.note(flags ? { ...message, flags } : message, entry);
  }
  const gone = await takeFlags(parts, flagged, await reallyGone(parts.maildir, missing));
  const added = await adopt(parts, [...unknown.values()]);
  return [...gone, ...added];
}

/** The flags by the file name where they are not what the index says; undefined when they are. */
function flagsNow(message: StoredMessage, entry: Entry): readonly string[] | undefined {
  const letters = [...entry.flags].filter((letter) => foreignLetters(letter) === '').join('');
  return letters === toLetters(message.flags) ? undefined : withLetters(message.flags, letters);
}

/** A file that was renamed while the directory was read may have been missed: look twice before believing it. */
async function reallyGone(maildir: Maildir, missing: readonly StoredMessage[]): Promise<UidSet> {
  if (missing.length === 0) return UidSet.empty;
  const bases = new Set((await maildir.list()).map((entry) => entry.base));
  return UidSet.of(missing.filter(({ base }) => !bases.has(base)).map(({ uid }) => uid));
}

async function takeFlags(
  { journal, files }: MendParts,
  flagged: readonly { message: StoredMessage; flags: readonly string[] }[],
  gone: UidSet,
): Promise<Mended[]> {
  const records: JournalRecord[] = [];
  const modseq = journal.state.modseq + 1;
  for (const { message, flags } of flagged) {
    records.push(['flags', modseq, UidSet.of([message.uid]), [...flags]]);
  }
  if (!gone.isEmpty) records.push(['expunge', modseq + 1, gone]);
  await journal.commit(records);
  for (const uid of gone) files.forget(uid);
  const uids = UidSet.of(flagged.map(({ message }) => message.uid));
  return [
    ...(uids.isEmpty ? [] : [{ kind: 'flags', uids } as const]),
    ...(gone.isEmpty ? [] : [{ kind: 'expunged', uids: gone } as const]),
  ];
}

/** Gives UIDs to files that the index does not know; one with a UID of ours that nobody was told keeps it. */
async function adopt(parts: MendParts, entries: readonly Entry[]): Promise<Mended[]> {
  if (entries.length === 0) return [];
  const { journal, files, log } = parts;
  const { uidvalidity, tag } = journal.header;
  const firstFree = journal.state.uidnext;
  const isOurs = (entry: Entry) => entry.uidvalidity === uidvalidity && entry.tag === tag;
  const kept = new Map<number, Entry>();
  for (const entry of entries) {
    if (isOurs(entry) && entry.uid !== undefined && entry.uid >= firstFree) kept.set(entry.uid, entry);
  }
  const keptEntries = new Set(kept.values());
  let next = Math.max(firstFree, 1 + [...kept.keys()].reduce((most, uid) => Math.max(most, uid), 0));
  const others = entries.filter((entry) => !keptEntries.has(entry)).sort(byName);
  const placed: [number, Entry][] = [...kept, ...others.map((entry): [number, Entry] => [next++, entry])];
  const messages: StoredMessage[] = [];
  for (const [uid, entry] of placed.sort(([a], [b]) => a - b)) {
    messages.push(await describe(parts, uid, entry));
  }
  await journal.commit(messages.map(addRecord));
  messages.forEach((message, at) => {
    files.note(message, (placed[at] as [number, Entry])[1]);
  });
  log.debug({ directory: parts.maildir.path, count: messages.length }, 'Messages found in the directory');
  return [{ kind: 'added', messages }];
}

async function describe({ maildir, journal }: MendParts, uid: number, entry: Entry): Promise<StoredMessage> {
  return {
    uid,
    modseq: journal.state.modseq + 1,
    flags: withLetters([], entry.flags),
    internalDate: await maildir.internalDate(entry),
    size: await maildir.size(entry),
    base: entry.base,
  };
}

/** Maildir names begin with the second of the delivery. */
function byName(a: Entry, b: Entry): number {
  return a.base < b.base ? -1 : 1;
}
