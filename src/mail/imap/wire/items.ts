/** An atom: also numbers, NIL, flags (`\Seen`), sequence sets, `*` and `%`. */
export interface Atom {
  readonly kind: 'atom';
  readonly text: string;
}

export interface QuotedString {
  readonly kind: 'quoted';
  readonly text: string;
}

/** A literal that was kept in memory. `binary`: it came as `~{n}` (RFC 3516). */
export interface BufferedLiteral {
  readonly kind: 'literal';
  readonly bytes: Buffer;
  readonly binary: boolean;
}

/** A literal that `take` read from the stream; `value` is what it resolved to. */
export interface StreamedLiteral {
  readonly kind: 'streamed';
  readonly size: number;
  readonly value: unknown;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Item[];
}

/** `BODY.PEEK[HEADER.FIELDS (DATE)]<0.100>`: name `BODY.PEEK` (upper case), items inside, origin 0, length 100. */
export interface Section {
  readonly kind: 'section';
  readonly name: string;
  readonly items: readonly Item[];
  readonly origin?: number;
  readonly length?: number;
}

export type Item = Atom | QuotedString | BufferedLiteral | StreamedLiteral | List | Section;

/** The text of an atom, quoted string or buffered literal (UTF-8); undefined for anything else. */
export function textOf(item: Item | undefined): string | undefined {
  if (item?.kind === 'atom' || item?.kind === 'quoted') return item.text;
  return item?.kind === 'literal' ? item.bytes.toString('utf8') : undefined;
}

/** The same as bytes. */
export function bytesOf(item: Item | undefined): Buffer | undefined {
  if (item?.kind === 'literal') return item.bytes;
  const text = textOf(item);
  return text === undefined ? undefined : Buffer.from(text, 'utf8');
}

/** An atom in upper case, for keywords; undefined for anything else. */
export function keywordOf(item: Item | undefined): string | undefined {
  return item?.kind === 'atom' ? item.text.toUpperCase() : undefined;
}

export function isNil(item: Item | undefined): boolean {
  return keywordOf(item) === 'NIL';
}

/** The items of a list; undefined for anything else. */
export function listOf(item: Item | undefined): readonly Item[] | undefined {
  return item?.kind === 'list' ? item.items : undefined;
}

/** An unsigned number of up to 53 bits (RFC 9051 `number`, `number64` as far as JavaScript counts). */
export function numberOf(item: Item | undefined): number | undefined {
  if (item?.kind !== 'atom' || !/^\d{1,16}$/.test(item.text)) return undefined;
  const value = Number(item.text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A MODSEQ: 63 bits (RFC 7162 3.1). */
export function modseqOf(item: Item | undefined): bigint | undefined {
  return item?.kind === 'atom' && /^\d{1,19}$/.test(item.text) ? BigInt(item.text) : undefined;
}
