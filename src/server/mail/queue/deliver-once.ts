import type { MailStore } from '../store/mail-store.ts';
import type { Mailbox } from '../store/mailbox.ts';
import type { StoredMessage } from '../store/records.ts';

export interface OnceMessage {
  /** Stands in the first bytes of this message and of no other. */
  readonly key: string;
  readonly size: number;
  readonly internalDate: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Where the key must stand. */
const HEAD_BYTES = 4096;

/**
 * Stores a message in an INBOX unless it is there: the power may have gone after it was stored and before the queue noted
 * so. Few messages have the same size; only those are looked into.
 */
export async function deliverOnce(store: MailStore, user: string, message: OnceMessage): Promise<void> {
  const inbox = await store.mailbox(user, 'INBOX');
  for (const one of inbox.messages.filter(({ size }) => size === message.size)) {
    if ((await headOf(inbox, one)).includes(message.key)) return;
  }
  const { internalDate, read } = message;
  await store.deliverFrom(user, 'INBOX', read, { internalDate });
}

async function headOf(inbox: Mailbox, message: StoredMessage): Promise<string> {
  let head = '';
  for await (const chunk of inbox.read(message)) {
    head += Buffer.from(chunk).toString('latin1');
    if (head.length >= HEAD_BYTES) break;
  }
  return head.slice(0, HEAD_BYTES);
}
