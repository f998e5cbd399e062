/** System flags (RFC 3501 2.3.2) and $Forwarded with their Maildir letters. Other keywords live in the index only. */
const LETTERS: readonly (readonly [flag: string, letter: string])[] = [
  ['\\Draft', 'D'],
  ['\\Flagged', 'F'],
  ['$Forwarded', 'P'],
  ['\\Answered', 'R'],
  ['\\Seen', 'S'],
  ['\\Deleted', 'T'],
];

const letterOf = new Map(LETTERS.map(([flag, letter]) => [flag.toLowerCase(), letter]));
const flagOf = new Map(LETTERS.map(([flag, letter]) => [letter, flag]));

/** The five that a client can set. */
export const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'];

/** Most keywords and longest keyword of one message: what a client may make us keep. */
export const MAX_KEYWORDS = 64;
export const MAX_KEYWORD_LENGTH = 128;

/** The flag in its usual spelling; undefined for a system flag that nobody can set (`\Recent`, unknown ones). */
export function normaliseFlag(flag: string): string | undefined {
  const letter = letterOf.get(flag.toLowerCase());
  if (letter !== undefined) return flagOf.get(letter);
  return flag.startsWith('\\') ? undefined : flag;
}

/** The Maildir letters that these flags have. */
export function toLetters(flags: readonly string[]): string {
  return flags
    .map((flag) => letterOf.get(flag.toLowerCase()) ?? '')
    .sort()
    .join('');
}

/** Of a file's letters those that stand for no flag of ours (Dovecot's keywords): they stay as they are. */
export function foreignLetters(letters: string): string {
  return [...letters].filter((letter) => !flagOf.has(letter)).join('');
}

/** These flags as another program left them: what has a letter follows the file name, the rest stays. */
export function withLetters(flags: readonly string[], letters: string): string[] {
  const kept = flags.filter((flag) => !letterOf.has(flag.toLowerCase()));
  return [...kept, ...[...letters].flatMap((letter) => flagOf.get(letter) ?? [])];
}
