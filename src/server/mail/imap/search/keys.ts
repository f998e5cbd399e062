import { type Item, keywordOf, listOf, modseqOf, numberOf } from '../../../../mail/imap/wire/items.ts';
import { normaliseFlag } from '../../store/flags.ts';
import type { Arguments } from '../arguments.ts';
import { Arguments as ArgumentList } from '../arguments.ts';
import { bad, no } from '../refusal.ts';
import type { View } from '../view.ts';
import type { SearchKey, Subject } from './key.ts';

const DAY_MS = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MAX_DEPTH = 30;

const FLAG_KEYS: Readonly<Record<string, readonly [flag: string, wanted: boolean]>> = {
  ANSWERED: ['\\Answered', true],
  DELETED: ['\\Deleted', true],
  DRAFT: ['\\Draft', true],
  FLAGGED: ['\\Flagged', true],
  SEEN: ['\\Seen', true],
  UNANSWERED: ['\\Answered', false],
  UNDELETED: ['\\Deleted', false],
  UNDRAFT: ['\\Draft', false],
  UNFLAGGED: ['\\Flagged', false],
  UNSEEN: ['\\Seen', false],
};

const HEADER_KEYS = new Set(['BCC', 'CC', 'FROM', 'SUBJECT', 'TO']);

/** Reads the keys of SEARCH (RFC 3501 6.4.4) to one test: all of them must hold. */
export function readSearch(args: Arguments, view: View): SearchKey {
  if (keywordOf(args.peek()) === 'CHARSET') {
    args.item('CHARSET');
    const charset = args.text('the charset').toUpperCase();
    if (charset !== 'UTF-8' && charset !== 'US-ASCII')
      throw no('UTF-8 or US-ASCII', 'BADCHARSET (UTF-8 US-ASCII)');
  }
  return readAll(args, view, 0);
}

function readAll(args: Arguments, view: View, depth: number): SearchKey {
  if (depth > MAX_DEPTH) throw bad('SEARCH is nested too deeply');
  const keys: SearchKey[] = [readKey(args, view, depth)];
  while (args.left > 0) keys.push(readKey(args, view, depth));
  return all(keys);
}

function readKey(args: Arguments, view: View, depth: number): SearchKey {
  const item = args.item('a search key');
  const list = listOf(item);
  if (list) return readAll(new ArgumentList(list), view, depth + 1);
  const name = keywordOf(item) ?? '';
  if (/^[\d*]/.test(name)) return inSet(view, name, false);
  if (name === 'NOT') return not(readKey(args, view, depth + 1));
  if (name === 'OR') return either(readKey(args, view, depth + 1), readKey(args, view, depth + 1));
  return readFlagKey(args, name) ?? readSizeOrDate(args, name) ?? readOther(args, view, name);
}

function readFlagKey(args: Arguments, name: string): SearchKey | undefined {
  const known = FLAG_KEYS[name];
  if (known) return flag(known[0], known[1]);
  switch (name) {
    case 'ALL':
      return byIndex(() => true);
    case 'NEW':
      return byIndex(({ recent, message }) => recent && !message.flags.includes('\\Seen'));
    case 'OLD':
      return byIndex(({ recent }) => !recent);
    case 'RECENT':
      return byIndex(({ recent }) => recent);
    case 'KEYWORD':
    case 'UNKEYWORD':
      return flag(args.text('the keyword'), name === 'KEYWORD');
    default:
      return undefined;
  }
}

function readSizeOrDate(args: Arguments, name: string): SearchKey | undefined {
  if (name === 'LARGER' || name === 'SMALLER') {
    const size = number(args);
    return byIndex(({ message }) => (name === 'LARGER' ? message.size > size : message.size < size));
  }
  const match = /^(SENT)?(BEFORE|ON|SINCE)$/.exec(name);
  if (!match) return undefined;
  const day = readDay(args.text('the date'));
  const holds = (at: number | undefined) => at !== undefined && compareDay(at, day, match[2] ?? '');
  if (!match[1]) return byIndex(({ message }) => holds(Math.floor(message.internalDate / DAY_MS)));
  return { needs: 'header', holds: async (subject) => holds(await subject.sentDay()) };
}

function readOther(args: Arguments, view: View, name: string): SearchKey {
  if (HEADER_KEYS.has(name)) return header(name, args.text('the text'));
  switch (name) {
    case 'HEADER':
      return header(args.text('the field name'), args.text('the text'));
    case 'BODY':
    case 'TEXT':
      return text(args.text('the text'), name === 'TEXT');
    case 'UID':
      return inSet(view, args.text('the UIDs'), true);
    case 'MODSEQ':
      return modseq(args);
    default:
      throw bad('SEARCH has an unknown key');
  }
}

function inSet(view: View, setText: string, byUid: boolean): SearchKey {
  const uids = view.resolve(setText, byUid);
  return byIndex(({ message }) => uids.has(message.uid));
}

function flag(name: string, wanted: boolean): SearchKey {
  const looked = (normaliseFlag(name) ?? name).toLowerCase();
  return byIndex(({ message }) => message.flags.some((one) => one.toLowerCase() === looked) === wanted);
}

function header(name: string, wanted: string): SearchKey {
  const looked = wanted.toLowerCase();
  return {
    needs: 'header',
    holds: async (subject) =>
      (await subject.header(name)).some((value) => value.toLowerCase().includes(looked)),
  };
}

function text(wanted: string, withHeader: boolean): SearchKey {
  const looked = wanted.toLowerCase();
  return { needs: 'text', holds: (subject) => subject.contains(looked, withHeader) };
}

/** `MODSEQ ["/flags/\\Seen" all] 620162338` (RFC 7162 3.1.5); changes are counted for the message as a whole. */
function modseq(args: Arguments): SearchKey {
  if (args.peek()?.kind === 'quoted') {
    args.text('the entry');
    args.keyword('the entry type');
  }
  const least = modseqOf(args.item('the mod-sequence'));
  if (least === undefined) throw bad('MODSEQ needs a number');
  return { ...byIndex(({ message }) => BigInt(message.modseq) >= least), usesModseq: true };
}

function byIndex(test: (subject: Subject) => boolean): SearchKey {
  return { needs: 'index', holds: async (subject) => test(subject) };
}

function not(key: SearchKey): SearchKey {
  return { ...key, holds: async (subject) => !(await key.holds(subject)) };
}

function either(a: SearchKey, b: SearchKey): SearchKey {
  const [cheap, dear] = byCost([a, b]) as [SearchKey, SearchKey];
  return {
    needs: dear.needs,
    usesModseq: usesModseq([a, b]),
    holds: async (subject) => (await cheap.holds(subject)) || dear.holds(subject),
  };
}

/** What the index can tell is asked first: most messages are then not opened at all. */
function all(keys: readonly SearchKey[]): SearchKey {
  const ordered = byCost(keys);
  return {
    needs: ordered.at(-1)?.needs ?? 'index',
    usesModseq: usesModseq(keys),
    async holds(subject) {
      for (const key of ordered) if (!(await key.holds(subject))) return false;
      return true;
    },
  };
}

function byCost(keys: readonly SearchKey[]): SearchKey[] {
  const cost = { index: 0, header: 1, text: 2 };
  return [...keys].sort((a, b) => cost[a.needs] - cost[b.needs]);
}

function usesModseq(keys: readonly SearchKey[]): boolean {
  return keys.some((key) => key.usesModseq);
}

function number(args: Arguments): number {
  const value = numberOf(args.item('the size') as Item);
  if (value === undefined) throw bad('a number is expected');
  return value;
}

/** `1-Feb-1994` to days since 1970. */
function readDay(date: string): number {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(date);
  const month = MONTHS.indexOf(match?.[2]?.toLowerCase() ?? '');
  if (!match || month < 0) throw bad('a date is expected');
  return Math.floor(Date.UTC(Number(match[3]), month, Number(match[1])) / DAY_MS);
}

function compareDay(day: number, wanted: number, how: string): boolean {
  if (how === 'BEFORE') return day < wanted;
  return how === 'ON' ? day === wanted : day >= wanted;
}
