import {
  bytesOf,
  type Item,
  isNil,
  keywordOf,
  listOf,
  numberOf,
  textOf,
} from '../../../../mail/imap/wire/items.ts';
import { annotate, isEntryName } from '../../annotate.ts';
import { metadataValue } from '../../mime/imap-text.ts';
import type { Metadata } from '../../store/metadata.ts';
import type { Arguments } from '../arguments.ts';
import { wireName } from '../names.ts';
import { bad, no } from '../refusal.ts';
import { type CommandTable, LOGGED_IN } from './command.ts';

/** Most entries that one command may name. */
const MAX_NAMED = 100;

/** GETMETADATA and SETMETADATA (RFC 5464); the mailbox with the empty name is the user's account. */
export const metadataCommands: CommandTable = {
  GETMETADATA: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const { mailbox, options, names } = readGet(args);
      const metadata = await session.mailboxes.metadata(mailbox);
      const { shown, longest } = select(metadata, names, options);
      if (shown.length > 0) {
        const pairs = shown.map(([name, value]) => `${name} ${metadataValue(value)}`);
        session.output.line(`* METADATA ${wireName(mailbox)} (${pairs.join(' ')})`);
      }
      return { text: 'Told', code: longest > 0 ? `METADATA LONGENTRIES ${longest}` : undefined };
    },
  },
  SETMETADATA: {
    states: LOGGED_IN,
    updates: 'all',
    async run(session, args) {
      const mailbox = args.mailbox();
      const changes = readChanges(args.list('the list of entries and values'));
      args.end();
      const { user } = session;
      if (!user) throw no('Log in first');
      const owns = (device: string) => session.services.users.owns(user, device);
      await annotate(session.mailboxes, owns, mailbox, changes);
      return { text: 'Set' };
    },
  },
};

interface GetOptions {
  /** Larger values are not shown, bytes. */
  readonly maxSize: number;
  /** Levels below a name that are shown as well. */
  readonly depth: number;
}

/** RFC 5464 4.2 has the options before the mailbox in its grammar, and behind it in its examples: both are taken. */
function readGet(args: Arguments): { mailbox: string; options: GetOptions; names: readonly string[] } {
  const before = args.optionalList();
  const mailbox = args.mailbox();
  const behind = before === undefined && args.left > 1 ? args.list('the options') : undefined;
  const asked = args.item('the entries');
  args.end();
  const names = (listOf(asked) ?? [asked]).map(entryName);
  if (names.length > MAX_NAMED) throw bad('too many entries');
  return { mailbox, options: readOptions(before ?? behind ?? []), names };
}

function readOptions(items: readonly Item[]): GetOptions {
  let [maxSize, depth] = [Number.POSITIVE_INFINITY, 0];
  for (let at = 0; at < items.length; at += 2) {
    const [name, value] = [keywordOf(items[at]), items[at + 1]];
    if (name === 'MAXSIZE') maxSize = numberOf(value) ?? unknownOption();
    else if (name === 'DEPTH') depth = DEPTHS.get(keywordOf(value) ?? '') ?? unknownOption();
    else unknownOption();
  }
  return { maxSize, depth };
}

const DEPTHS: ReadonlyMap<string, number> = new Map([
  ['0', 0],
  ['1', 1],
  ['INFINITY', Number.POSITIVE_INFINITY],
]);

function unknownOption(): never {
  throw bad('an unknown option');
}

/** What is there of these entries and below them, each once, and the size of the longest that is not shown. */
function select(metadata: Metadata, names: readonly string[], { maxSize, depth }: GetOptions) {
  const wanted = metadata.entries().filter(([name]) => names.some((asked) => isWithin(name, asked, depth)));
  const shown = wanted.filter(([, value]) => value.length <= maxSize);
  const longest = wanted.reduce(
    (most, [, { length }]) => (length > maxSize ? Math.max(most, length) : most),
    0,
  );
  // A value that is asked for by its name alone and is not there is NIL, as Dovecot tells it.
  const absent = depth === 0 ? names.filter((name) => metadata.get(name) === undefined) : [];
  const none = [...new Set(absent)].map((name) => [name, undefined] as const);
  return { shown: [...shown, ...none], longest };
}

function isWithin(name: string, asked: string, depth: number): boolean {
  if (name === asked) return true;
  if (!name.startsWith(`${asked}/`)) return false;
  return name.slice(asked.length + 1).split('/').length <= depth;
}

function readChanges(items: readonly Item[]): Map<string, string | null> {
  const changes = new Map<string, string | null>();
  for (let at = 0; at < items.length; at += 2) {
    const value = items[at + 1];
    const bytes = isNil(value) ? null : bytesOf(value);
    if (bytes === undefined) throw bad('a value is no string');
    const name = entryName(items[at]);
    if (!isEntryName(name)) throw bad('a name is none of an entry');
    changes.set(name, bytes?.toString('latin1') ?? null);
  }
  if (changes.size === 0) throw bad('nothing is to be set');
  if (changes.size > MAX_NAMED) throw bad('too many entries');
  return changes;
}

/** Names of entries are the same in upper and lower case (RFC 5464 3.2). */
function entryName(item: Item | undefined): string {
  const name = textOf(item)?.toLowerCase();
  if (name === undefined) throw bad('a name is no string');
  if (!isEntryName(name) && !/^\/(private|shared)$/.test(name)) throw bad('a name is none of an entry');
  return name;
}
