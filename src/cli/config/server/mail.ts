import { z } from 'zod';
import { normalise } from '../../../server/mail/addresses.ts';
import { DEFAULT_MAILBOXES } from '../../../server/mail/store/special-use.ts';
import { bytes, deviceName, port, text } from '../parts.ts';
import { lmtp, mailLimits, smarthost } from './mail-out.ts';

/** `[mail]`: the embedded mail server. */
const section = z.strictObject({
  domain: text('a domain').default('localhost'),
  host: text('an address to listen on').default('127.0.0.1'),
  /** Where other mail servers bring mail; STARTTLS is offered. */
  smtp_port: port.default(2525),
  /** Where users hand in mail: STARTTLS, and TLS from the first byte. Without them nobody can. */
  submission_port: port.optional(),
  submissions_port: port.optional(),
  ...lmtp,
  smarthost: smarthost.optional(),
  limits: mailLimits,
  /** Name of the user who gets the mail for postmaster; default the first. */
  postmaster: text('a user name').optional(),
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

export const mail = section
  .refine(({ lmtp_port, lmtp_socket }) => lmtp_port === undefined || lmtp_socket === undefined, {
    error: 'expected lmtp_port or lmtp_socket, not both',
    path: ['lmtp_socket'],
  })
  .refine(({ users, postmaster }) => !postmaster || users.some(({ name }) => name === postmaster), {
    error: 'expected the name of one of [[mail.users]]',
    path: ['postmaster'],
  })
  .superRefine(({ users }, context) => {
    for (const message of sharedAddresses(users))
      context.addIssue({ code: 'custom', message, path: ['users'] });
  });

/** Mail for an address can only go to one of them. */
function sharedAddresses(users: readonly { name: string; addresses: readonly string[] }[]): string[] {
  const owners = new Map<string, string>();
  return users.flatMap(({ name, addresses }) =>
    addresses.flatMap((written) => {
      const owner = owners.get(normalise(written));
      owners.set(normalise(written), owner ?? name);
      return owner === undefined || owner === name
        ? []
        : [`${owner} and ${name} both have the address ${written}`];
    }),
  );
}

export type MailConfig = z.infer<typeof mail>;
