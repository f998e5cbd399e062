import { z } from 'zod';
import { bytes, path, port, seconds, text, tls } from '../parts.ts';

const count = (fallback: number) => z.int('expected a count').min(1, 'expected a count').default(fallback);

/** `[mail.smarthost]`: the server that takes what users write to people elsewhere. */
export const smarthost = z
  .strictObject({
    host: text('a host name'),
    /** Default: 587, or 465 with `security = "tls"`, or 25 with `"none"`. */
    port: port.optional(),
    security: z.enum(['tls', 'starttls', 'none'], 'expected "tls", "starttls" or "none"').default('starttls'),
    user: text('a user name').optional(),
    password: text('a password').optional(),
    ...tls,
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: 'expected user and password, or none of them',
    path: ['password'],
  })
  .refine(({ security, password }) => security !== 'none' || password === undefined, {
    error: 'a password goes over TLS only: expected security = "starttls" or "tls"',
    path: ['security'],
  });

export type SmarthostConfig = z.infer<typeof smarthost>;

/** `[mail.limits]`: what clients of SMTP can make the server spend. */
export const mailLimits = z
  .strictObject({
    /** At each port; and of those from one address. */
    connections: count(100),
    connections_per_address: count(20),
    recipients: count(100),
    /** Recipients that one user may write to within an hour. */
    recipients_per_hour: count(300),
    /** Of what waits for the smarthost. */
    queue_messages: count(1000),
    queue_size: bytes('1G'),
    queue_lifetime: seconds('5d'),
  })
  .prefault({});

export type MailLimitsConfig = z.infer<typeof mailLimits>;

/** Where LMTP listens: a Unix socket, or a port of the loopback. */
export const lmtp = { lmtp_port: port.optional(), lmtp_socket: path.optional() };
