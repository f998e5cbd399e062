const CRLF = '\r\n';
/** RFC 9051 ASTRING-CHAR without what some servers choke on. */
const PLAIN = /^[A-Za-z0-9._@/:+=$!,;|~^&'#-]{1,200}$/;
/** Printable ASCII goes quoted; longer texts go as literals, as some servers cap lines. */
const QUOTABLE = /^[ -~]{0,1000}$/;

/** A piece of a command: text as it goes on the wire, or a literal whose header depends on the server. */
export type Part = string | { readonly literal: Buffer };

/** `"a \"b\""`; undefined when the text needs a literal. */
export function quoted(text: string): string | undefined {
  return QUOTABLE.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : undefined;
}

/** A string argument of a command: quoted where possible, else a literal (UTF-8). */
export function string(text: string): Part {
  return quoted(text) ?? { literal: Buffer.from(text, 'utf8') };
}

/** An astring: as it is where it is an atom (never NIL, which some readers take for nothing), else a string. */
export function astring(text: string): Part {
  return PLAIN.test(text) && !/^NIL$/i.test(text) ? text : string(text);
}

/** The header of a literal: `{5}` or, non-synchronising (RFC 7888), `{5+}`, with its CRLF. */
export function literalHeader(size: number, nonSynchronising = false): string {
  return `{${size}${nonSynchronising ? '+' : ''}}${CRLF}`;
}

/** A string in a response: quoted where possible, else a literal; nothing waits for a server's literal. */
export function responseString(value: string | Buffer): Buffer {
  const text = typeof value === 'string' ? quoted(value) : undefined;
  if (text !== undefined) return Buffer.from(text, 'latin1');
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([Buffer.from(literalHeader(bytes.length)), bytes]);
}

/** An nstring in a response: NIL for undefined. */
export function responseNstring(value: string | Buffer | undefined): Buffer {
  return value === undefined ? Buffer.from('NIL') : responseString(value);
}

/** `(\Seen $Junk)`. A flag that is no atom is left out: there is no way to write it. */
export function flagList(flags: Iterable<string>): string {
  return `(${[...flags].filter((flag) => /^\\?[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(flag)).join(' ')})`;
}
