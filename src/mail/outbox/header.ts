import { messageRefused } from './refusal.ts';

/** A longer header is no letter that a person wrote. Bytes. */
export const HEADER_LIMIT = 256 * 1024;

/** One field of a header and where it lies in the file. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded; bytes beyond ASCII are read as UTF-8 (RFC 6532). */
  readonly value: string;
  readonly start: number;
  /** After its last line end. */
  readonly end: number;
}

export interface Header {
  readonly fields: readonly HeaderField[];
  /** Where the fields end: at the empty line, or at the end of a message without a body. */
  readonly end: number;
  readonly lineEnd: '\n' | '\r\n';
}

interface Line {
  /** Without its line end, a character for each byte. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the header (RFC 5322 2.2) that a message begins with, its lines ending in LF or CRLF. `head` is its first HEADER_LIMIT
 * bytes; `whole`: there are no more. Throws MailError `message-refused` for what is no header.
 */
export function readHeader(head: Buffer, whole: boolean): Header {
  const text = head.toString('latin1');
  const raw: Line[][] = [];
  let end = 0;
  for (let line = lineAt(text, 0, whole); line && line.text !== ''; line = lineAt(text, end, whole)) {
    const unfinished = raw.at(-1);
    if (/^[ \t]/.test(line.text) && unfinished) unfinished.push(line);
    else raw.push([line]);
    end = line.end;
  }
  if (raw.length === 0) throw messageRefused('it has no header');
  const lineEnd = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
  return { fields: raw.map(fieldOf), end, lineEnd };
}

/** Values of every field of this name (in lower case). */
export function valuesOf({ fields }: Pick<Header, 'fields'>, name: string): string[] {
  return fields.filter((field) => field.name === name).map(({ value }) => value);
}

/** The line that begins there; undefined at the end of the message. */
function lineAt(text: string, start: number, whole: boolean): Line | undefined {
  if (whole && start === text.length) return undefined;
  const lf = text.indexOf('\n', start);
  if (lf < 0 && !whole) throw messageRefused(`its header is longer than ${HEADER_LIMIT / 1024} kB`);
  const end = lf < 0 ? text.length : lf + 1;
  return { text: text.slice(start, end).replace(/\r?\n$/, ''), start, end };
}

/** What was in a line that is no field is not repeated: it may be anybody's secret. */
function fieldOf(lines: readonly Line[], index: number): HeaderField {
  const text = lines.map((line) => line.text).join('');
  const name = /^([!-9;-~]+)[ \t]*:/.exec(text);
  if (!name) throw messageRefused(`field ${index + 1} of its header has no name: it is not a message`);
  // RFC 5322 2.2. On its way it would become a line end, and what follows another field.
  if (text.includes('\r')) throw messageRefused(`field ${index + 1} of its header has a bare CR`);
  const value = Buffer.from(text.slice(name[0].length), 'latin1').toString('utf8').trim();
  const [first, last] = [lines[0], lines.at(-1)];
  return { name: name[1]?.toLowerCase() ?? '', value, start: first?.start ?? 0, end: last?.end ?? 0 };
}
