import {
  type Item,
  keywordOf,
  listOf,
  textOf,
  type Section as WireSection,
} from '../../../../mail/imap/wire/items.ts';
import { imapString } from '../../mime/imap-text.ts';
import type { Section } from '../../mime/section.ts';
import { bad } from '../refusal.ts';

/** Data that stand in the index. */
export type IndexItem = 'FLAGS' | 'UID' | 'INTERNALDATE' | 'RFC822.SIZE' | 'MODSEQ';

/** One thing that FETCH asks for. */
export type FetchItem =
  | { readonly kind: 'index'; readonly name: IndexItem }
  | { readonly kind: 'envelope' }
  | { readonly kind: 'structure'; readonly name: 'BODY' | 'BODYSTRUCTURE' }
  | {
      readonly kind: 'body';
      /** As the response names it: `BODY[1.MIME]<0>`, `RFC822.TEXT`. */
      readonly label: string;
      readonly section: Section;
      /** `<origin.length>`, bytes. */
      readonly partial?: { readonly origin: number; readonly length: number } | undefined;
      /** Reading it sets `\Seen`. */
      readonly marksSeen: boolean;
    };

const INDEX_ITEMS = new Set(['FLAGS', 'UID', 'INTERNALDATE', 'RFC822.SIZE', 'MODSEQ']);
const FAST = ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'];
const MACROS: Readonly<Record<string, readonly string[]>> = {
  FAST,
  ALL: [...FAST, 'ENVELOPE'],
  FULL: [...FAST, 'ENVELOPE', 'BODY'],
};
const LONG_HEADER_LIST = 1_000;

/** Reads what FETCH asks for (RFC 3501 6.4.5), each thing once. */
export function readFetchItems(item: Item): readonly FetchItem[] {
  const macro = MACROS[keywordOf(item) ?? ''];
  if (macro) return macro.map(readName);
  return (listOf(item) ?? [item]).map(readOne);
}

function readOne(item: Item): FetchItem {
  return item.kind === 'section' ? readBody(item) : readName(keywordOf(item) ?? '');
}

function readName(name: string): FetchItem {
  if (INDEX_ITEMS.has(name)) return { kind: 'index', name: name as IndexItem };
  switch (name) {
    case 'ENVELOPE':
      return { kind: 'envelope' };
    case 'BODY':
    case 'BODYSTRUCTURE':
      return { kind: 'structure', name };
    case 'RFC822':
      return { kind: 'body', label: name, section: { path: [] }, marksSeen: true };
    case 'RFC822.TEXT':
      return { kind: 'body', label: name, section: { path: [], text: 'TEXT' }, marksSeen: true };
    case 'RFC822.HEADER':
      return { kind: 'body', label: name, section: { path: [], text: 'HEADER' }, marksSeen: false };
    default:
      throw bad('FETCH asks for something unknown');
  }
}

function readBody({ name, items, origin, length }: WireSection): FetchItem {
  if (name !== 'BODY' && name !== 'BODY.PEEK') throw bad('FETCH asks for something unknown');
  if (origin !== undefined && !length) throw bad('a partial is <first.length>');
  const section = readSection(items);
  const partial = origin !== undefined && length ? { origin, length } : undefined;
  const label = `BODY[${formatSection(section)}]${origin === undefined ? '' : `<${origin}>`}`;
  return { kind: 'body', label, section, partial, marksSeen: name === 'BODY' };
}

function readSection(items: readonly Item[]): Section {
  const [first, names, ...more] = items;
  if (!first) return { path: [] };
  const match = /^((?:\d{1,6}\.)*\d{1,6})?(?:\.|^|$)([A-Z.]+)?$/.exec(keywordOf(first) ?? 'none');
  const path = (match?.[1] ?? '').split('.').filter(Boolean).map(Number);
  const text = match?.[2];
  if (!match || path.includes(0) || path.length > 100 || more.length > 0) throw badSection();
  if (text === 'HEADER.FIELDS' || text === 'HEADER.FIELDS.NOT') {
    return { path, text, fields: readFieldNames(names) };
  }
  if (names) throw badSection();
  if (text === undefined) return path.length > 0 ? { path } : refuseSection();
  if (text === 'HEADER' || text === 'TEXT' || (text === 'MIME' && path.length > 0)) return { path, text };
  return refuseSection();
}

function readFieldNames(item: Item | undefined): string[] {
  const names = listOf(item)?.map((one) => textOf(one) ?? '');
  if (!names || names.length === 0 || names.length > LONG_HEADER_LIST || names.includes(''))
    throw badSection();
  return names;
}

function formatSection({ path, text, fields }: Section): string {
  const names = fields ? ` (${fields.map(fieldName).join(' ')})` : '';
  return [...path, ...(text ? [text] : [])].join('.') + names;
}

function fieldName(name: string): string {
  return /^[A-Za-z0-9-]+$/.test(name) ? name : imapString(name);
}

function badSection() {
  return bad('that is no section of a message');
}

function refuseSection(): never {
  throw badSection();
}
