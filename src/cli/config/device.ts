import { z } from 'zod';
import {
  bytes,
  deviceName,
  keyHex,
  logLevel,
  modem,
  path,
  phoneNumber,
  port,
  seconds,
  text,
  tls,
} from './parts.ts';

/** Its Maildir would be the one in which mail waits to be submitted. */
const NOT_OUTBOX = 'expected another mailbox than "Outbox", which is for mail to be sent';
const isNotOutbox = (name: string) => name !== 'Outbox';

/** `device.toml`: everything that `ringpost device` needs. The file holds secrets: mode 0600. */
export const deviceConfig = z.strictObject(
  {
    device: deviceName,
    state: path.default('/var/lib/ringpost/device'),
    /** Maildir of the user's INBOX; other mailboxes are Maildir++ folders in it. */
    mail: path,
    /** Unix socket for `ringpost sync` and `ringpost settings`. */
    socket: path.default('/run/ringpost/device.sock'),
    log: logLevel,
    modem,
    link: z
      .strictObject({
        /** `ppp`: pppd on a data call; `sockets`: the modem's own TCP sockets, where its profile has them. */
        kind: z.enum(['ppp', 'sockets'], 'expected "ppp" or "sockets"').default('ppp'),
        /** File in /etc/ppp/peers. */
        peer: text('the name of a peer file')
          .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'expected the name of a file in /etc/ppp/peers')
          .default('ringpost'),
        /** Unix socket of ringpost-ppp.socket; default: pppd as a child, which wants root or the group dip. */
        socket: path.optional(),
        /** Where pppd's scripts tell of the session. */
        run: path.default('/run/ringpost'),
      })
      .prefault({}),
    imap: z.strictObject(
      {
        host: text('a host name'),
        port: port.default(993),
        user: text('a user name'),
        password: text('a password'),
        security: z.enum(['tls', 'starttls'], 'expected "tls" or "starttls"').default('tls'),
        ...tls,
        /** Names, or what they are for: '\\Sent'. */
        mailboxes: z
          .array(text('a mailbox name').refine(isNotOutbox, NOT_OUTBOX))
          .min(1, 'expected at least one mailbox')
          .default(['INBOX']),
      },
      'expected a section [imap], or an enrolment: ringpost keys accept',
    ),
    /** Where mail that the user wrote is submitted; absent: it stays in the Outbox. */
    smtp: z
      .strictObject({
        host: text('a host name'),
        /** Default: 587, or 465 with `security = "tls"` (RFC 8314 3.3). */
        port: port.optional(),
        /** Default: those of `[imap]`. */
        user: text('a user name').optional(),
        password: text('a password').optional(),
        security: z.enum(['tls', 'starttls'], 'expected "tls" or "starttls"').default('starttls'),
        ...tls,
        /** Envelope sender, where the server takes no other; default: who the message is from. */
        sender: text('a mail address').optional(),
        /** Mailbox for what was sent, by name or as '\\Sent'. */
        sent: text('a mailbox name').refine(isNotOutbox, NOT_OUTBOX).default('Sent'),
      })
      .optional(),
    message_server: z.strictObject(
      {
        host: text('a host name'),
        port: port.default(8883),
        /** Default: derived from the first trigger key, as the embedded broker does. */
        password: text('a password').optional(),
        tls: z.boolean('expected true or false').default(true),
        ...tls,
      },
      'expected a section [message_server], or an enrolment: ringpost keys accept',
    ),
    trigger: z.strictObject(
      {
        keys: z
          .array(
            z.strictObject({ id: z.int('expected a key id, 0 to 65535').min(0).max(65_535), secret: keyHex }),
          )
          .min(1, 'expected at least one key; "ringpost keys" makes one'),
        /** Numbers whose ringing starts a session. Empty: call triggers are off. */
        callers: z.array(phoneNumber).default([]),
      },
      'expected a section [trigger], or an enrolment: ringpost keys accept',
    ),
    budget: z
      .strictObject({
        sessions_per_hour: z.int('expected a count').min(1).default(12),
        sessions_per_day: z.int('expected a count').min(1).default(100),
        call_sessions_per_hour: z.int('expected a count').min(0).default(4),
        bytes_per_day: bytes('20M'),
        /** An initial download over this size asks first. */
        initial_download: bytes('5M'),
        /** New mail that one session brings, newest first; the rest waits for the next session. */
        session: bytes('1M'),
        /** Of a larger mail only the beginning is brought; "ringpost fetch" brings the rest. */
        whole_up_to: bytes('250k'),
      })
      .prefault({}),
    session: z
      .strictObject({
        deadline: seconds('5m'),
        /** Synchronise although the message server cannot be reached, after a verified SMS. */
        fall_back: z.boolean('expected true or false').default(true),
        /** Slow poll for triggers that never came; "0s" is off. */
        poll: seconds('0s'),
      })
      .prefault({}),
  },
  'expected a table',
);

export type DeviceConfig = z.infer<typeof deviceConfig>;
