import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization field carries these credentials (RFC 7617). Takes as long whatever is wrong with it. */
export function hasCredentials(field: string | undefined, user: string, password: string): boolean {
  const given = /^basic +([A-Za-z0-9+/=]{1,4096})$/i.exec(field ?? '')?.[1] ?? '';
  const wanted = Buffer.from(`${user}:${password}`).toString('base64');
  return timingSafeEqual(digest(given), digest(wanted));
}

const digest = (text: string) => createHash('sha256').update(text).digest();
