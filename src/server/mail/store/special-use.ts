/** What mailboxes can be for here (RFC 6154 2), with the names that stand for it where a client names no use. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['Archive', '\\Archive'],
  ['Drafts', '\\Drafts'],
  ['Junk', '\\Junk'],
  ['Sent', '\\Sent'],
  ['Trash', '\\Trash'],
]);

/** RFC 6154 4: the uses of a mailbox, separated by spaces, are this entry of its METADATA. */
export const SPECIAL_USE_ENTRY = '/private/specialuse';

const spelling = new Map([...NAMES.values()].map((use) => [use.toLowerCase(), use]));

/** What a new account begins with, beside INBOX. */
export const DEFAULT_MAILBOXES: readonly string[] = [...NAMES.keys()];

/** The use that goes with the name of a mailbox. */
export function useByName(name: string): string | undefined {
  return NAMES.get(name);
}

/** The uses in their usual spelling; undefined when there is one that mailboxes here cannot have (`\All`). */
export function readUses(text: string): readonly string[] | undefined {
  const uses = text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => spelling.get(word.toLowerCase()));
  return uses.includes(undefined) ? undefined : [...new Set(uses as string[])].sort();
}
