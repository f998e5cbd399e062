import type { FlagUpdate, MessageHead } from '../session.ts';
import { parseInternalDate } from './wire/internal-date.ts';
import { type Item, keywordOf, listOf, modseqOf, numberOf, type Section, textOf } from './wire/items.ts';
import type { DataResponse } from './wire/response-reader.ts';

/** What a FETCH response said of a message; absent is what it did not say. */
export interface FetchData {
  readonly uid: number | undefined;
  readonly flags: readonly string[] | undefined;
  readonly modseq: bigint | undefined;
  readonly size: number | undefined;
  readonly internalDate: number | undefined;
  /** `BODY[...]` items, with what followed each. */
  readonly sections: readonly (readonly [section: Section, value: Item | undefined])[];
}

/** Reads the name-value pairs of a FETCH response, also of one that is not complete yet. */
export function fetchData(items: readonly Item[]): FetchData {
  const values = new Map<string, Item | undefined>();
  const sections: [Section, Item | undefined][] = [];
  for (let at = 0; at < items.length; at += 2) {
    const name = items[at];
    if (name?.kind === 'section') sections.push([name, items[at + 1]]);
    else values.set(keywordOf(name) ?? '', items[at + 1]);
  }
  return {
    uid: numberOf(values.get('UID')) || undefined,
    flags: flagsOf(values.get('FLAGS')),
    modseq: modseqOf(listOf(values.get('MODSEQ'))?.[0]),
    size: numberOf(values.get('RFC822.SIZE')),
    internalDate: parseInternalDate(textOf(values.get('INTERNALDATE')) ?? ''),
    sections,
  };
}

/** UID and flags of a FETCH response; undefined when it does not say both. */
export function flagUpdateIn(response: DataResponse): FlagUpdate | undefined {
  const { uid, flags, modseq } = fetchData(listOf(response.items[0]) ?? []);
  return uid === undefined || flags === undefined ? undefined : { uid, flags, modseq };
}

/** The head, when everything that makes one is there. */
export function headOf({ uid, flags, modseq, size, internalDate }: FetchData): MessageHead | undefined {
  if (uid === undefined || flags === undefined || size === undefined || internalDate === undefined)
    return undefined;
  return { uid, flags, modseq, size, internalDate };
}

function flagsOf(item: Item | undefined): readonly string[] | undefined {
  const flags = listOf(item)?.flatMap((flag) => textOf(flag) ?? []);
  // RFC 9051 dropped \Recent: it tells something about sessions, not about the message.
  return flags?.filter((flag) => flag.toUpperCase() !== '\\RECENT');
}
