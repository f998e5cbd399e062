import { type Item, keywordOf, listOf, textOf } from '../../../mail/imap/wire/items.ts';
import { decodeMailboxName } from '../../../mail/imap/wire/mailbox-name.ts';
import { DELIMITER } from '../store/names.ts';
import type { Arguments } from './arguments.ts';
import { readStatusItems } from './commands/status.ts';
import { listPattern } from './list-pattern.ts';
import { bad } from './refusal.ts';
import type { Session } from './session.ts';

/** What LIST asks for, basic (RFC 3501 6.3.8) or extended (RFC 5258). */
export interface ListRequest {
  /** Only the delimiter is asked for. */
  readonly root: boolean;
  readonly matches: (name: string) => boolean;
  /** SUBSCRIBED, SPECIAL-USE, REMOTE, RECURSIVEMATCH. */
  readonly selection: ReadonlySet<string>;
  /** SUBSCRIBED, CHILDREN, SPECIAL-USE, STATUS. */
  readonly wanted: ReadonlySet<string>;
  /** RFC 5819; empty: none. */
  readonly status: readonly string[];
}

const SELECTION: ReadonlySet<string> = new Set(['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']);
const RETURN: ReadonlySet<string> = new Set(['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS']);
/** Each pattern costs a walk over all names. */
const MAX_PATTERNS = 20;

/** Reads the arguments of LIST. */
export function readList(session: Session, args: Arguments): ListRequest {
  const selection = readSelection(args.optionalList());
  const reference = args.mailbox();
  const several = args.optionalList();
  const patterns = (several ?? [args.item('the pattern')]).map(patternOf);
  if (patterns.length > MAX_PATTERNS) throw bad('too many patterns');
  const { wanted, status } = readReturn(session, args);
  const tests = patterns.map((pattern) => listPattern(reference + pattern, DELIMITER));
  return {
    root: !several && patterns[0] === '' && selection.size === 0,
    matches: (name) => tests.some((test) => test(name)),
    selection,
    wanted,
    status,
  };
}

/** Reference and pattern of LSUB. */
export function readPattern(args: Arguments): (name: string) => boolean {
  const reference = args.mailbox();
  const pattern = patternOf(args.item('the pattern'));
  args.end();
  return listPattern(reference + pattern, DELIMITER);
}

function patternOf(item: Item): string {
  const text = textOf(item);
  if (text === undefined) throw bad('the pattern is no string');
  return decodeMailboxName(text, 'client-confused');
}

function readSelection(items: readonly Item[] = []): ReadonlySet<string> {
  const names = new Set(items.map((item) => keywordOf(item) ?? ''));
  for (const name of names) if (!SELECTION.has(name)) throw bad('an unknown way to select');
  // RFC 5258 3: it only widens another one.
  if (names.has('RECURSIVEMATCH') && !names.has('SUBSCRIBED') && !names.has('SPECIAL-USE')) {
    throw bad('RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE beside it');
  }
  return names;
}

function readReturn(session: Session, args: Arguments) {
  const wanted = new Set<string>();
  let status: readonly string[] = [];
  if (args.left > 0) {
    if (args.keyword('RETURN') !== 'RETURN') throw bad('RETURN was expected');
    const items = args.list('what is to be returned');
    for (let at = 0; at < items.length; at += 1) {
      const name = keywordOf(items[at]) ?? '';
      if (!RETURN.has(name)) throw bad('RETURN asks for something unknown');
      wanted.add(name);
      if (name !== 'STATUS') continue;
      at += 1;
      status = readStatusItems(session, listOf(items[at]) ?? []);
    }
  }
  args.end();
  return { wanted, status };
}
