import { z } from 'zod';

/**
 * What Dovecot's push notification plugin puts with its driver `ox` (Dovecot 2.3 manual, "Push Notification Framework"; as 2.3.19 sends it,
 * `event` begins with a small letter). Only these fields are taken: sender, subject and snippet are gone once it is parsed.
 */
const notification = z.object({
  user: z.string().min(1).max(500),
  event: z.string().max(64),
  folder: z.string().min(1).max(1000),
});

export type Notification = z.infer<typeof notification>;

/** Undefined: it is none. Nothing of it is in any error. */
export function parseNotification(body: Buffer): Notification | undefined {
  try {
    return notification.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** RFC 5423 4.1; an APPEND is no delivery, the driver says nothing of it. */
export function isNewMail({ event }: Notification): boolean {
  return event.toLowerCase() === 'messagenew';
}
