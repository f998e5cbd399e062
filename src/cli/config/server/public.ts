import { z } from 'zod';
import { port, text } from '../parts.ts';

/** `[public]`: how devices reach this server, where it is not as `[tls] name` and the sections' ports say; for `ringpost keys enrol`. */
export const publicNames = z
  .strictObject({
    host: text('a host name').optional(),
    mqtt_host: text('a host name').optional(),
    mqtt_port: port.optional(),
    imap_host: text('a host name').optional(),
    imap_port: port.optional(),
    submission_host: text('a host name').optional(),
    submission_port: port.optional(),
  })
  .prefault({});

export type PublicNames = z.infer<typeof publicNames>;
