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
  /** Bytes on the server, from `S=`; absent for files that say none. */
  readonly size?: number;
}

/** What `,S=` and `,U=` say. A base name of another program may say neither. */
const PLACE = /^U=(\d{1,10})\.([A-Za-z0-9_-]{1,32})\.(\d{1,10})$/;
const SIZE = /^S=(\d{1,15})$/;

/** Reads a file name of `cur` or `new`. Every name is legal; what is not understood is left out. */
export function parseName(name: string, folder: MaildirFolder): Entry {
  const colon = name.indexOf(':');
  const base = colon < 0 ? name : name.slice(0, colon);
  const info = colon < 0 ? '' : name.slice(colon + 1);
  return { base, folder, name, flags: flagsOf(info), ...parseFields(base) };
}

/** The base name of a new message: `unique,S=size,U=uidvalidity.tag.uid`. */
export function formatBase(unique: string, size: number, place: ServerPlace | undefined): string {
  const at = place ? `,U=${place.uidvalidity}.${place.tag}.${place.uid}` : '';
  return `${unique},S=${size}${at}`;
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

function parseFields(base: string): Partial<ServerPlace> & { size?: number } {
  const found: { uid?: number; uidvalidity?: number; tag?: string; size?: number } = {};
  for (const field of base.split(',').slice(1)) {
    const size = SIZE.exec(field);
    if (size && found.size === undefined) found.size = Number(size[1]);
    const place = PLACE.exec(field);
    if (place && found.uid === undefined && isUid(place[1]) && isUid(place[3])) {
      found.uidvalidity = Number(place[1]);
      found.tag = place[2] as string;
      found.uid = Number(place[3]);
    }
  }
  return found;
}

function isUid(text: string | undefined): boolean {
  return Number(text) >= 1 && Number(text) <= MAX_UID;
}
