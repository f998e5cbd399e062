import { encodeMailboxName } from '../../../mail/imap/wire/mailbox-name.ts';
import { imapString } from '../mime/imap-text.ts';

/** A mailbox name for a response. */
export function wireName(name: string): string {
  const text = encodeMailboxName(name);
  return /^[A-Za-z0-9._/-]{1,200}$/.test(text) && !/^NIL$/i.test(text) ? text : imapString(text);
}
