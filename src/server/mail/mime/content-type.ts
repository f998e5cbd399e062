/** A structured header value: `text/plain; charset=utf-8`. Parameter names are lower case. */
export interface Parameterized {
  readonly value: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export interface ContentType extends Parameterized {
  /** Lower case. */
  readonly type: string;
  readonly subtype: string;
}

/** The default of RFC 2045 5.2. */
export const TEXT_PLAIN: ContentType = {
  value: 'text/plain',
  type: 'text',
  subtype: 'plain',
  parameters: [['charset', 'us-ascii']],
};

/** The default inside multipart/digest (RFC 2046 5.1.5). */
export const MESSAGE_RFC822: ContentType = {
  value: 'message/rfc822',
  type: 'message',
  subtype: 'rfc822',
  parameters: [],
};

/** Longest header value that is looked at for parameters, in characters. */
const MAX_VALUE = 64 * 1024;
/** Most parameters that are kept. */
const MAX_PARAMETERS = 200;

/** Reads a Content-Type; what cannot be read is `fallback`. */
export function parseContentType(text: string | undefined, fallback: ContentType): ContentType {
  if (text === undefined) return fallback;
  const { value, parameters } = parseParameterized(text);
  const match = /^([^\s/;"]+)\s*\/\s*([^\s/;"]+)$/.exec(value);
  if (!match?.[1] || !match[2]) return fallback;
  return { value, parameters, type: match[1].toLowerCase(), subtype: match[2].toLowerCase() };
}

/** Splits `value; name=value; name="quoted \" value"`; comments are dropped. */
export function parseParameterized(text: string): Parameterized {
  const pieces = splitOutsideQuotes(text.slice(0, MAX_VALUE));
  const [value = '', ...rest] = pieces.map((piece) => piece.trim());
  const parameters = rest.slice(0, MAX_PARAMETERS).flatMap((piece) => {
    const equals = piece.indexOf('=');
    if (equals < 1) return [];
    const name = piece.slice(0, equals).trim().toLowerCase();
    return [[name, unquote(piece.slice(equals + 1).trim())] as const];
  });
  return { value, parameters };
}

export function parameter(of: Parameterized, name: string): string | undefined {
  return of.parameters.find(([key]) => key === name)?.[1];
}

function splitOutsideQuotes(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  let quoted = false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    const escaped = char === '\\' && (quoted || depth > 0);
    if (char === '"' && depth === 0) quoted = !quoted;
    else if (char === '(' && !quoted) depth += 1;
    const kept = depth === 0;
    if (char === ')' && !quoted && depth > 0) depth -= 1;
    if (char === ';' && !quoted && kept) {
      pieces.push(piece);
      piece = '';
    } else if (kept) piece += escaped ? char + (text[at + 1] ?? '') : char;
    if (escaped) at += 1;
  }
  pieces.push(piece);
  return pieces;
}

function unquote(text: string): string {
  const match = /^"((?:[^"\\]|\\[\s\S])*)"?/.exec(text);
  return match ? (match[1] ?? '').replace(/\\([\s\S])/g, '$1') : (text.split(/\s/, 1)[0] ?? '');
}
