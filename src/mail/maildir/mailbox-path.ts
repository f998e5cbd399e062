import { join } from 'node:path';
import { MailError } from '../errors.ts';

/** Longest file name of the file systems that matter (ext4, btrfs, f2fs), in bytes. */
const LONGEST_NAME = 255;

/**
 * The Maildir of a mailbox below `root`: INBOX is `root` itself, `A/B` is `root/.A.B` (Maildir++). Different
 * names give different directories, all directly below `root`: `.`, `%`, path separators and control characters
 * become `%` and two hexadecimal digits. Throws MailError `no-mailbox` for a name that is empty or too long.
 */
export function mailboxDirectory(root: string, mailbox: string, delimiter = '/'): string {
  if (mailbox.toUpperCase() === 'INBOX') return root;
  const name = mailbox
    .split(delimiter)
    .map((part) => `.${escapePart(part)}`)
    .join('');
  if (mailbox === '' || Buffer.byteLength(name) > LONGEST_NAME) {
    const what = mailbox === '' ? 'has no name' : 'has too long a name for a directory';
    throw new MailError(`mailbox "${mailbox.slice(0, 40)}" ${what}`, {
      code: 'no-mailbox',
      fields: { mailbox: mailbox.slice(0, 300) },
    });
  }
  return join(root, name);
}

/** The mailbox whose Maildir has this directory name (`.A.B`); undefined when it is none of ours. */
export function mailboxName(directoryName: string, delimiter = '/'): string | undefined {
  if (!/^\.[^.]/.test(directoryName)) return undefined;
  const parts = directoryName.slice(1).split('.').map(unescapePart);
  return parts.includes(undefined) ? undefined : parts.join(delimiter);
}

/** An empty part (`A//B`) is a lone `%`, which no escape is. */
function escapePart(part: string): string {
  if (part === '') return '%';
  return Array.from(part, escapeSign).join('');
}

function escapeSign(sign: string): string {
  const code = sign.charCodeAt(0);
  if (code >= 0x20 && code !== 0x7f && !'%./\\'.includes(sign)) return sign;
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

function unescapePart(part: string): string | undefined {
  if (part === '%') return '';
  if (part === '' || /%(?![0-9A-F]{2})/.test(part)) return undefined;
  return part.replace(/%([0-9A-F]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
