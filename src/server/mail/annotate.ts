import { ENTRIES, readAnnotations } from '../annotations.ts';
import { MailServerError } from './errors.ts';
import type { Account } from './store/account.ts';
import { MAX_ENTRY_NAME, type MetadataChanges } from './store/metadata.ts';
import { canonical } from './store/names.ts';
import { readUses, SPECIAL_USE_ENTRY } from './store/special-use.ts';

/** RFC 5464 3.2: below one of these, at least one level more; no `*`, no `%`, no empty level, visible ASCII. */
const ENTRY_NAME = /^\/(private|shared)(\/[!-$&-)+-.0-~]+)+$/;
const OURS: ReadonlySet<string> = new Set(Object.values(ENTRIES));

/** Whether a device is the user's own. */
type Owns = (device: string) => boolean;

/** Whether this can be the name of an entry; it is in lower case. */
export function isEntryName(name: string): boolean {
  return name.length <= MAX_ENTRY_NAME && ENTRY_NAME.test(name);
}

/**
 * The user changes entries of a mailbox, or with an empty name of the account: all of them or none. What Ringpost acts
 * upon must make sense, and a device must be the user's own. Throws MailServerError: `no-mailbox`,
 * `metadata-refused`, `metadata-not-yours`, `metadata-too-large`, `metadata-too-many`.
 */
export async function annotate(
  account: Account,
  owns: Owns,
  name: string,
  changes: MetadataChanges,
): Promise<void> {
  const mailbox = canonical(name);
  for (const [entry, value] of changes) checkEntry(owns, mailbox, entry, value);
  const metadata = await account.metadata(mailbox);
  await metadata.set(new Map([...changes].map(([entry, value]) => [entry, tidy(entry, value)])));
  // Opened, it is looked at for mail that other programs put there.
  if (metadata.get(ENTRIES.device) !== undefined) await account.mailbox(mailbox);
}

function checkEntry(owns: Owns, mailbox: string, entry: string, value: string | null): void {
  if (mailbox === '' && entry.startsWith('/shared/')) {
    throw notYours(`${entry} of the server is not yours to set`);
  }
  if (value === null) return;
  if (entry === SPECIAL_USE_ENTRY) checkUses(mailbox, value);
  if (!OURS.has(entry)) return;
  if (mailbox === '') throw refused(`${entry} belongs on a mailbox`);
  const [problem] = readAnnotations(new Map([[entry, value]])).problems;
  if (problem !== undefined) throw refused(problem);
  if (entry === ENTRIES.device) checkDevice(owns, value.trim());
}

/** Whoever sets a device id has it rung: only configuration and enrolment say whose device is whose. */
function checkDevice(owns: Owns, device: string): void {
  if (!owns(device)) throw notYours(`Device ${device} is not one of yours`);
}

function checkUses(mailbox: string, value: string): void {
  if (mailbox === '' || mailbox === 'INBOX') throw refused('INBOX and the server have no special use');
  if (!readUses(value)) throw refused('There is no such special use here');
}

/** What Ringpost reads is kept as it reads it. */
function tidy(entry: string, value: string | null): string | null {
  if (value === null) return null;
  if (entry === SPECIAL_USE_ENTRY) return (readUses(value) ?? []).join(' ') || null;
  return OURS.has(entry) ? value.trim() : value;
}

function refused(why: string): MailServerError {
  return new MailServerError(why, { code: 'metadata-refused' });
}

function notYours(why: string): MailServerError {
  return new MailServerError(why, { code: 'metadata-not-yours' });
}
