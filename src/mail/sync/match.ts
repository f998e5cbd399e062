import type { Maildir } from '../maildir/maildir.ts';
import type { Entry } from '../maildir/name.ts';
import type { ListedMessage } from '../session.ts';

/** A header that goes on for longer than this has its Message-ID earlier, or is not matched. */
const LONGEST_HEADER = 256 * 1024;

/** Which files are which of the server's messages. */
export interface Match {
  /** Files that are one message of the server for certain. */
  readonly pairs: readonly { readonly entry: Entry; readonly uid: number }[];
  /** Files that may be one of several messages, or the other way round: these are downloaded again. */
  readonly ambiguous: readonly Entry[];
}

/**
 * Finds files among the server's messages by Message-ID, INTERNALDATE (whole seconds) and size. All three must agree, and one
 * file must stand against one message. Files that could be no message of the server by size are not opened.
 */
export async function matchMessages(
  maildir: Maildir,
  isAsked: (entry: Entry) => boolean,
  listed: readonly ListedMessage[],
): Promise<Match> {
  const messages = groupBy(listed, (one) =>
    one.messageId === undefined ? undefined : keyOf(one.messageId, one.internalDate, one.size),
  );
  const sizes = new Set(listed.map((one) => one.size));
  const files = new Map<string, Entry[]>();
  for (const entry of await maildir.scan()) {
    if (!isAsked(entry)) continue;
    const size = await maildir.size(entry);
    const key = sizes.has(size) ? await fileKey(maildir, entry, size) : undefined;
    if (key !== undefined && messages.has(key)) push(files, key, entry);
  }
  return pairUp(files, messages);
}

function pairUp(files: Map<string, Entry[]>, messages: Map<string, ListedMessage[]>): Match {
  const pairs: { entry: Entry; uid: number }[] = [];
  const ambiguous: Entry[] = [];
  for (const [key, entries] of files) {
    const candidates = messages.get(key) ?? [];
    const [entry] = entries;
    const [message] = candidates;
    if (entry && message && entries.length === 1 && candidates.length === 1) {
      pairs.push({ entry, uid: message.uid });
    } else ambiguous.push(...entries);
  }
  return { pairs, ambiguous };
}

async function fileKey(maildir: Maildir, entry: Entry, size: number): Promise<string | undefined> {
  const messageId = await readMessageId(maildir, entry);
  return messageId === undefined ? undefined : keyOf(messageId, await maildir.internalDate(entry), size);
}

/** As it is compared. */
export function plainId(messageId: string): string {
  return (/<[^<>]*>/.exec(messageId)?.[0] ?? messageId).replace(/\s+/g, '');
}

function keyOf(messageId: string, internalDate: number, size: number): string {
  return `${plainId(messageId)} ${Math.floor(internalDate / 1000)} ${size}`;
}

/** A message's Message-ID, with its angle brackets; undefined: it has none, or one that is not as RFC 5322 3.6.4 wants it. */
export async function readMessageId(maildir: Maildir, entry: Entry): Promise<string | undefined> {
  let header = '';
  for await (const chunk of maildir.read(entry, { serverBytes: false })) {
    header += Buffer.from(chunk).toString('latin1');
    if (/\r?\n\r?\n/.test(header) || header.length > LONGEST_HEADER) break;
  }
  const end = header.search(/\r?\n\r?\n/);
  const unfolded = (end < 0 ? header : header.slice(0, end)).replace(/\r?\n[ \t]+/g, ' ');
  return /^message-id[ \t]*:\s*(<[^<>]*>)/im.exec(unfolded)?.[1];
}

function groupBy<T>(items: readonly T[], keyOfItem: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    if (key !== undefined) push(groups, key, item);
  }
  return groups;
}

function push<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group) group.push(item);
  else groups.set(key, [item]);
}
