import { codeOf } from '../../../base/errors.ts';
import type { Maildir } from '../../../mail/maildir/maildir.ts';
import type { FlagGroup } from './flag-change.ts';
import { toLetters } from './flags.ts';
import type { Journal } from './journal.ts';
import type { MessageFiles } from './message-files.ts';
import { addRecord, type StoredMessage } from './records.ts';

/** A message that is to be stored. `read` may be called once the mailbox is locked, so it must not wait for a network. */
export interface NewMessage {
  read(): AsyncIterable<Uint8Array>;
  readonly flags: readonly string[];
  /** Milliseconds since 1970. */
  readonly internalDate: number;
}

export interface WriterParts {
  readonly maildir: Maildir;
  readonly journal: Journal;
  readonly files: MessageFiles;
}

/** Stores all of these messages, in files and index, or none. The mailbox must be locked. */
export async function storeAll(
  parts: WriterParts,
  messages: readonly NewMessage[],
): Promise<StoredMessage[]> {
  const { maildir, journal, files } = parts;
  const { uidvalidity, tag } = journal.header;
  const batch = maildir.batch();
  const stored: StoredMessage[] = [];
  const modseq = journal.state.modseq + 1;
  try {
    for (const { read, flags, internalDate } of messages) {
      const uid = journal.state.uidnext + stored.length;
      const letters = toLetters(flags);
      const place = { uidvalidity, tag, uid, internalDate, flags: letters, folder: 'new' } as const;
      const entry = await batch.deliver(place, read());
      stored.push({ uid, modseq, flags, internalDate, size: entry.size ?? 0, base: entry.base });
      files.note(stored.at(-1) as StoredMessage, entry);
    }
    await batch.commit();
    await journal.commit(stored.map(addRecord));
  } catch (error) {
    await takeBack(parts, stored);
    throw error;
  }
  return stored.map(({ uid }) => journal.state.get(uid) as StoredMessage);
}

/** What was not acknowledged must not turn up later as if it had been. */
async function takeBack({ maildir, files }: WriterParts, stored: readonly StoredMessage[]): Promise<void> {
  for (const message of stored) {
    await maildir.remove(files.entry(message)).catch(() => {});
    files.forget(message.uid);
  }
}

/** Gives the files the names that these flags ask for. Names come first: after a crash, the index follows them. */
export async function renameAll(
  { maildir, files }: WriterParts,
  groups: readonly FlagGroup[],
): Promise<void> {
  const batch = maildir.batch();
  for (const { flags, messages } of groups) {
    for (const message of messages) {
      const entry = files.entry(message);
      const letters = files.lettersFor(message, flags);
      if (letters === entry.flags) continue;
      const renamed = await batch.setFlags(entry, letters).catch(ignoreGone);
      if (renamed) files.note({ ...message, flags }, renamed);
    }
  }
  await batch.commit();
}

/** A file that another program removed is noticed when the directory is read the next time. */
function ignoreGone(error: unknown): undefined {
  if (codeOf(error) === 'message-gone') return undefined;
  throw error;
}
