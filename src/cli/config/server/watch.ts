import { z } from 'zod';
import { deviceName, port, seconds, text, tls } from '../parts.ts';

const watched = z
  .strictObject({
    user: text('a user name'),
    /** Not with `master`. */
    password: text('a password').optional(),
    /** IMAP does not tell who appended a message: what the device files itself would ring it, so leave Sent and Archive out. */
    mailboxes: z.array(text('a mailbox name')).min(1, 'expected at least one mailbox').default(['INBOX']),
    /** Default: what the annotation /private/vendor/ringpost/device on each mailbox says. */
    device: deviceName.optional(),
  })
  .refine(({ mailboxes }) => new Set(mailboxes).size === mailboxes.length, {
    error: 'expected each mailbox once',
    path: ['mailboxes'],
  });

/** `[watch]`: mailboxes of an existing IMAP server. */
export const watch = z
  .strictObject({
    host: text('a host name'),
    /** Default: 993, or 143 with `security = "starttls"`. */
    port: port.optional(),
    security: z.enum(['tls', 'starttls'], 'expected "tls" or "starttls"').default('tls'),
    ...tls,
    /** Logs in for everybody, as Dovecot has it: `ada*ringpost` with this password. */
    master: z.strictObject({ user: text('a user name'), password: text('a password') }).optional(),
    /** Keep a connection for each user, to hear of new mail at once. Off: only pushes, `ringpost trigger --user` and `poll`. */
    idle: z.boolean('expected true or false').default(true),
    /** With `idle = false`: how often everything is looked at, for what no push told. */
    poll: seconds('15m'),
    /** How often the annotations are read again. */
    annotations: seconds('5m'),
    mailboxes: z.array(watched).min(1, 'expected at least one [[watch.mailboxes]]'),
    /** Where Dovecot's push notification plugin sends to. */
    push: z
      .strictObject({
        host: text('an address to listen on').default('127.0.0.1'),
        port: port.default(8425),
        path: text('a path').startsWith('/', 'expected a path such as "/dovecot"').default('/dovecot'),
        user: text('a user name').regex(/^[^:]+$/, 'expected a user name without a colon'),
        password: text('a password'),
        /** With the certificate of [tls]. */
        tls: z.boolean('expected true or false').default(false),
      })
      .optional(),
  })
  .refine(({ poll, annotations }) => poll >= 1 && annotations >= 1, {
    error: 'expected at least "1s"',
    path: ['poll'],
  })
  .refine(({ master, mailboxes }) => master || mailboxes.every(({ password }) => password !== undefined), {
    error: 'expected a password in each [[watch.mailboxes]], or watch.master',
    path: ['mailboxes'],
  })
  .refine(({ mailboxes }) => new Set(mailboxes.map(({ user }) => user)).size === mailboxes.length, {
    error: 'expected each user once; a user may have several mailboxes',
    path: ['mailboxes'],
  });

export type WatchConfig = z.infer<typeof watch>;
