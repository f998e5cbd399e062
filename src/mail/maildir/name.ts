import { MAX_UID } from '../uid-set.ts';

export type MaildirFolder = 'cur' | 'new';

/** Where the server's side of a message is: which mailbox copy delivered it, and under which UID. */
export interface ServerPlace {
  readonly uidvalidity: number;
  /** Names the copy (mailbox on this machine); `[A-Za-z0-9_-]{1,32}`. */
  readonly tag: string;
  readonly uid: number;
}

/** One message file, known by its name alone. */
export interface Entry extends Partial<ServerPlace> {
  /** Everything before the `:`; written once and never changed (Dovecot and mutt key on it). */
  readonly base: string;
  readonly folder: MaildirFolder;
  /** The file's whole name at the time of the listing. */
  readonly name: string;
  /** Maildir letters, sorted, without repeats: `D F P R S T`, and Dovecot's `a`–`z` for its keywords. */
  readonly flags: string;
  /** Bytes on the server; absent for files that say none. */
  readonly size?: number;
}

type Parsed = { -readonly [Key in keyof Entry]: Entry[Key] };

/** What `,U=`, `,S=` and `,W=` say. A base name of another program may say none of them. */
const PLACE = /^U=\d{1,10}\.[A-Za-z0-9_-]{1,32}\.\d{1,10}$/;
const SIZE = /^[SW]=\d{1,15}$/;

/** Reads a file name of `cur` or `new`. Every name is legal; what is not understood is left out. */
export function parseName(name: string, folder: MaildirFolder): Entry {
  const base = baseOf(name);
  const info = name.slice(base.length + 1);
  const entry: Parsed = { base, folder, name, flags: flagsOf(info) };
  const sizes: Sizes = {};
  parseFields(base, entry, sizes);
  // Other programs' `S=` alone says nothing of line ends.
  const size = sizes.W ?? (entry.uid === undefined ? undefined : sizes.S);
  if (size !== undefined) entry.size = size;
  return entry;
}

type Sizes = { S?: number; W?: number };

/** What stands before the `:`. */
export function baseOf(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(0, colon);
}

/**
 * The base name of a new message: `unique,S=bytes,W=bytes,U=uidvalidity.tag.uid`. As Dovecot has them, `S=` is the size of the file
 * and `W=` that with CRLF, which is the server's; a file that has the server's bytes as they are needs no `W=`, and Dovecot
 * would count its bare LFs.
 */
export function formatBase(
  unique: string,
  { size, fileSize }: { size: number; fileSize: number },
  place: ServerPlace | undefined,
): string {
  const at = place ? `,U=${place.uidvalidity}.${place.tag}.${place.uid}` : '';
  const converted = size === fileSize ? '' : `,W=${size}`;
  return `${unique},S=${fileSize}${converted}${at}`;
}

/**
 * The file name for these flags. In `new` there is no info part (the Maildir specification wants none there),
 * so a message with flags belongs in `cur`.
 */
export function formatName(base: string, folder: MaildirFolder, flags: string): string {
  return folder === 'new' ? base : `${base}:2,${sortFlags(flags)}`;
}

/** Letters in ASCII order, each once, as the Maildir specification asks. */
export function sortFlags(flags: string): string {
  return [...new Set(flags)].sort().join('');
}

function flagsOf(info: string): string {
  const letters = /^2,([A-Za-z]*)/.exec(info)?.[1] ?? '';
  return letters.length < 2 ? letters : sortFlags(letters);
}

/** By index rather than by `split`: a listing parses a hundred thousand names, and garbage is memory too. */
function parseFields(base: string, found: Parsed, sizes: Sizes): void {
  let comma = base.indexOf(',');
  while (comma >= 0) {
    const next = base.indexOf(',', comma + 1);
    parseField(base.slice(comma + 1, next < 0 ? undefined : next), found, sizes);
    comma = next;
  }
}

function parseField(field: string, found: Parsed, sizes: Sizes): void {
  if (SIZE.test(field)) sizes[field[0] as 'S' | 'W'] ??= Number(field.slice(2));
  if (found.uid !== undefined || !PLACE.test(field)) return;
  const dot = field.indexOf('.');
  const lastDot = field.lastIndexOf('.');
  const uidvalidity = Number(field.slice(2, dot));
  const uid = Number(field.slice(lastDot + 1));
  if (isUid(uidvalidity) && isUid(uid))
    Object.assign(found, { uidvalidity, tag: field.slice(dot + 1, lastDot), uid });
}

function isUid(value: number): boolean {
  return value >= 1 && value <= MAX_UID;
}
