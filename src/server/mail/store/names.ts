import { join } from 'node:path';
import { MailServerError } from '../errors.ts';

export const DELIMITER = '/';

const MAX_NAME_LENGTH = 200;

/** User names come from the configuration; whatever is in them, the directory stays below the root. */
export function accountDirectory(root: string, user: string): string {
  return join(root, encodeURIComponent(user).replace(/^\./, '%2E'));
}

/** INBOX in any case is INBOX (RFC 3501 5.1); a delimiter at the end only says that more will follow. */
export function canonical(name: string): string {
  const plain = name.endsWith(DELIMITER) ? name.slice(0, -1) : name;
  return plain.toUpperCase() === 'INBOX' ? 'INBOX' : plain;
}

/** The name as it is kept. Throws MailServerError `bad-mailbox-name`. */
export function checkName(name: string): string {
  const key = canonical(name);
  if (key === '' || key.split(DELIMITER).includes('')) throw badName(name, 'a level of it is empty');
  if (key.length > MAX_NAME_LENGTH) throw badName(name, `it is longer than ${MAX_NAME_LENGTH} characters`);
  const hasControls = [...key].some((char) => char < ' ' || char === '\x7f');
  if (hasControls) throw badName(name, 'it has control characters');
  return key;
}

/** The mailboxes above it and itself, highest first: `A`, `A/B`, `A/B/C`. */
export function levelsOf(key: string): string[] {
  const levels = key.split(DELIMITER);
  return levels.map((_, at) => canonical(levels.slice(0, at + 1).join(DELIMITER)));
}

export function badName(name: string, why: string): MailServerError {
  return new MailServerError(`Mailbox name ${name.slice(0, 100)}: ${why}`, { code: 'bad-mailbox-name' });
}

export function noMailbox(name: string): MailServerError {
  return new MailServerError(`There is no mailbox ${name.slice(0, 100)}`, { code: 'no-mailbox' });
}

export function mailboxExists(name: string): MailServerError {
  return new MailServerError(`There is a mailbox ${name.slice(0, 100)} already`, { code: 'mailbox-exists' });
}
