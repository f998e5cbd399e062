import { z } from 'zod';
import { MAX_UID, UidSet } from '../../../mail/uid-set.ts';

/** A message as the index knows it. One object per message, so it is kept small. */
export interface StoredMessage {
  readonly uid: number;
  /** Value of the mailbox's change counter at its last change (RFC 7162). The counter starts at 1 and stays below 2^53. */
  readonly modseq: number;
  /** System flags and keywords, sorted, without `\Recent`. Equal sets share one array. */
  readonly flags: readonly string[];
  /** INTERNALDATE, milliseconds since 1970. */
  readonly internalDate: number;
  /** RFC822.SIZE in bytes. */
  readonly size: number;
  /** Base name of its file in the Maildir; never changes. */
  readonly base: string;
}

const counter = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const uid = z.number().int().min(1).max(MAX_UID);
const flags = z.array(z.string());
const uids = z.string().transform((text) => UidSet.parse(text));

/** One line of the journal, as JSON: what happened, in the order in which it happened. */
const recordSchema = z.union([
  /** Where a compacted journal begins: UIDNEXT, change counter, and since when expunges are known. */
  z.tuple([z.literal('start'), uid.or(z.literal(MAX_UID + 1)), counter, counter]),
  z.tuple([z.literal('add'), uid, counter, flags, counter, counter, z.string()]),
  /** From now on these messages have exactly these flags. */
  z.tuple([z.literal('flags'), counter, uids, flags]),
  z.tuple([z.literal('expunge'), counter, uids]),
]);

export type JournalRecord = z.infer<typeof recordSchema>;

/** A line without its line end, or undefined when no program of ours wrote it. */
export function parseRecord(line: string): JournalRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The line, with its line end. */
export function formatRecord(record: JournalRecord): string {
  return `${JSON.stringify(record)}\n`;
}

export function addRecord(message: StoredMessage): JournalRecord {
  const { uid, modseq, flags, internalDate, size, base } = message;
  return ['add', uid, modseq, [...flags], internalDate, size, base];
}
