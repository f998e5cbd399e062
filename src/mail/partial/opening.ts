import { type Field, fieldIn, fieldsOf, parameterized } from './fields.ts';

/** A part that is text to be read, as far as it came. Strings are `latin1`, lines end with LF. */
export interface TextPart {
  /** `text/plain`, lower case. */
  readonly type: string;
  readonly fields: readonly Field[];
  readonly body: string;
  /** Its end came too. */
  readonly whole: boolean;
}

export interface Opening {
  /** The fields of the message's header that came whole. */
  readonly fields: readonly Field[];
  /** Text parts in the order of the message, attachments and enclosed messages left out. */
  readonly texts: readonly TextPart[];
}

/** Multiparts that are nested deeper are not looked into. */
const MAX_DEPTH = 50;

/** Reads how a message begins: `text` is `latin1` with LF line ends; `whole`: it is all there is. */
export function readOpening(text: string, whole: boolean): Opening {
  const reader = new OpeningReader(text);
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const next = end < 0 ? text.length : end + 1;
    reader.take(text.slice(at, end < 0 ? text.length : end), at, next);
    at = next;
  }
  return reader.finish(whole);
}

class OpeningReader {
  readonly #text: string;
  readonly #texts: TextPart[] = [];
  /** Delimiters of the open multiparts, `--boundary`, the outermost first (RFC 2046 5.1.1). */
  readonly #open: string[] = [];
  #top: readonly Field[] | undefined;
  /** Lines of the header that is being read; undefined in a body. */
  #header: string[] | undefined = [];
  /** The text part whose body is being read. */
  #leaf: { readonly fields: readonly Field[]; readonly type: string; readonly start: number } | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  take(line: string, start: number, next: number): void {
    if (line.startsWith('--') && this.#atDelimiter(trimmed(line), start)) return;
    if (!this.#header) return;
    if (line !== '') this.#header.push(line);
    else this.#endHeader(this.#header, next);
  }

  finish(whole: boolean): Opening {
    if (this.#header && !this.#top) {
      // The last field may go on in what did not come.
      const fields = fieldsOf(this.#header);
      return { fields: whole ? fields : fields.slice(0, -1), texts: [] };
    }
    this.#endLeaf(whole ? this.#text.length : this.#beforeHalfDelimiter(), whole);
    return { fields: this.#top ?? [], texts: this.#texts };
  }

  /** Where the text ends when the last line, cut off, may be how a delimiter begins. */
  #beforeHalfDelimiter(): number {
    const start = this.#text.lastIndexOf('\n') + 1;
    const line = this.#text.slice(start);
    const half = this.#open.some((delimiter) => `${delimiter}--`.startsWith(line));
    return half ? start - 1 : this.#text.length;
  }

  #atDelimiter(line: string, start: number): boolean {
    for (let level = this.#open.length - 1; level >= 0; level -= 1) {
      const delimiter = this.#open[level] as string;
      const last = line === `${delimiter}--`;
      if (!last && line !== delimiter) continue;
      // The line end before a delimiter belongs to it (RFC 2046 5.1.1).
      this.#endLeaf(start - 1, true);
      this.#open.length = last ? level : level + 1;
      this.#header = last ? undefined : [];
      return true;
    }
    return false;
  }

  #endHeader(lines: readonly string[], next: number): void {
    const fields = fieldsOf(lines);
    this.#top ??= fields;
    this.#header = undefined;
    const { value = 'text/plain', params = {} } = parameterized(fieldIn(fields, 'content-type')) ?? {};
    if (value.startsWith('multipart/') && params.boundary && this.#open.length < MAX_DEPTH) {
      this.#open.push(trimmed(`--${params.boundary}`));
    } else if (isToBeRead(value, fields)) this.#leaf = { fields, type: value, start: next };
  }

  #endLeaf(end: number, whole: boolean): void {
    if (!this.#leaf) return;
    const { fields, type, start } = this.#leaf;
    this.#leaf = undefined;
    const body = this.#text.slice(start, Math.max(start, end)).replaceAll('\r', '\n');
    this.#texts.push({ type, fields, body, whole });
  }
}

/** Text that is no attachment. A type that is none at all stands for text/plain (RFC 2045 5.2). */
function isToBeRead(type: string, fields: readonly Field[]): boolean {
  const disposition = parameterized(fieldIn(fields, 'content-disposition'))?.value;
  return disposition !== 'attachment' && (type.startsWith('text/') || !type.includes('/'));
}

/** White space behind a delimiter is no part of it (RFC 2046 5.1.1). */
function trimmed(line: string): string {
  return line.replace(/(?<![ \t\r])[ \t\r]+$/, '');
}
