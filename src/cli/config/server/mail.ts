import { z } from 'zod';
import { DEFAULT_MAILBOXES } from '../../../server/mail/store/special-use.ts';
import { bytes, deviceName, port, text } from '../parts.ts';

/** `[mail]`: the embedded mail server. */
export const mail = z.strictObject({
  domain: text('a domain').default('localhost'),
  host: text('an address to listen on').default('127.0.0.1'),
  smtp_port: port.default(2525),
  /** TLS from the first byte. */
  imap_port: port.default(9930),
  /** A second port, where TLS begins by STARTTLS; left out: none. */
  imap_starttls_port: port.optional(),
  /** Mailboxes that a new account begins with, beside INBOX. */
  mailboxes: z.array(text('the name of a mailbox')).default([...DEFAULT_MAILBOXES]),
  max_message: bytes('50M'),
  users: z
    .array(
      z.strictObject({
        name: text('a user name'),
        password: text('a password or its scrypt hash'),
        addresses: z.array(text('an address')).min(1, 'expected at least one address'),
        device: deviceName.optional(),
      }),
    )
    .min(1, 'expected at least one [[mail.users]]'),
});

export type MailConfig = z.infer<typeof mail>;
