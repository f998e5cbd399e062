import { z } from 'zod';

/** A name or an address, as `host` in device.toml. */
const host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9._:-]+$/, 'expected a host name or an address');
const word = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[^\p{Cc}]+$/u, 'expected no control characters');

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');

/** A server, and how the device gets in. */
const server = z.object({
  host,
  port: z.number().int().min(1).max(65_535),
  /** Message server: the device id. Submission: as for IMAP. */
  user: word.optional(),
  /** Message server: derived from the trigger key. Submission: as for IMAP. */
  password: word.optional(),
  /** Default `tls`. */
  security: z.enum(['tls', 'starttls', 'none']).optional(),
  /** Name in the certificate, where it is not the host. */
  servername: host.optional(),
  /** Certificate to trust instead of the public authorities, DER. */
  trust: bytes.optional(),
});

/** What a device is given: all of it at enrolment, device and key only when its key is exchanged. */
export const enrolment = z.object({
  device: z.string().regex(/^[a-z0-9-]{1,64}$/, 'expected a device id'),
  key: z.object({
    id: z.number().int().min(0).max(0xffff),
    /** 32 bytes. */
    secret: bytes.refine(({ length }) => length === 32, 'expected 32 bytes'),
  }),
  servers: z
    .object({
      message: server,
      mail: server.extend({ user: word, password: word }),
      /** Absent: what the user writes is not submitted by the device. */
      submission: server.optional(),
    })
    .optional(),
});

export type Enrolment = z.infer<typeof enrolment>;
export type EnrolledServer = z.infer<typeof server>;
export type EnrolledServers = NonNullable<Enrolment['servers']>;
