import { firstBytes } from '../mime/first-bytes.ts';
import { bounceKey, bounceMessage } from './bounce.ts';
import { deliverOnce } from './deliver-once.ts';
import { type Entry, type Recipient, untold, withRecipients } from './entry.ts';
import type { QueueParts } from './parts.ts';

/** More of a header is not worth the air time, bytes. */
const HEADER_BYTES = 8 * 1024;

/**
 * Tells the sender, in their INBOX, who does not get the message; gives the entry with those marked as told. The null sender
 * is told nothing: a report about a report would never end (RFC 5321 6.1).
 */
export async function tell(parts: QueueParts, entry: Entry): Promise<Entry> {
  const all = untold(entry);
  if (entry.sender !== '') {
    for (const at of new Set(all.map(({ failedAt = 0 }) => failedAt))) {
      await report(
        parts,
        entry,
        all.filter(({ failedAt = 0 }) => failedAt === at),
        at,
      );
    }
  }
  return withRecipients(
    entry,
    all.map((one) => ({ ...one, told: true })),
  );
}

async function report(parts: QueueParts, entry: Entry, recipients: Recipient[], at: number): Promise<void> {
  const { store, users, name, smarthost, files, log } = parts;
  log.info({ id: entry.id, user: entry.user, recipients: recipients.length }, 'A message could not be sent');
  if (!users.all.some((user) => user.name === entry.user)) return;
  const header = await headerOf(files.read(entry));
  const bytes = await bounceMessage({ entry, recipients, at, name, smarthost: smarthost?.host, header });
  await deliverOnce(store, entry.user, {
    key: bounceKey(entry, at),
    size: bytes.length,
    internalDate: at,
    async *read() {
      yield bytes;
    },
  });
}

async function headerOf(message: AsyncIterable<Uint8Array>): Promise<string> {
  const text = (await firstBytes(message, HEADER_BYTES)).subarray(0, HEADER_BYTES).toString('utf8');
  const end = text.search(/\r?\n\r?\n/);
  const header = end < 0 ? text.slice(0, text.lastIndexOf('\n')) : text.slice(0, end);
  return `${header.trimEnd()}\r\n`;
}
