/** One header field. Text is `latin1`: one character per byte, so that nothing is lost. */
export interface Field {
  /** As written, without the colon. */
  readonly name: string;
  /** Unfolded, trimmed; encoded words are left encoded, as ENVELOPE wants them (RFC 3501 7.4.2). */
  readonly value: string;
  /** The field with its line ends, as it stands in the message. */
  readonly raw: Buffer;
}

const COLON = 0x3a;
const LF = 0x0a;

/** The fields of a header block, in order. Lines without a colon are left out, as if they were not there. */
export function parseHeader(block: Buffer): Field[] {
  const fields: Field[] = [];
  for (let start = 0; start < block.length; ) {
    const end = endOfField(block, start);
    const field = readField(block.subarray(start, end));
    if (field) fields.push(field);
    start = end;
  }
  return fields;
}

/** The value of the first field of that name (any case), or undefined. */
export function fieldValue(fields: readonly Field[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return fields.find((field) => field.name.toLowerCase() === wanted)?.value;
}

/** The values of all fields of that name. */
export function fieldValues(fields: readonly Field[], name: string): string[] {
  const wanted = name.toLowerCase();
  return fields.filter((field) => field.name.toLowerCase() === wanted).map((field) => field.value);
}

/** A field goes on over every following line that begins with a space or a tab (RFC 5322 2.2.3). */
function endOfField(block: Buffer, start: number): number {
  let end = start;
  do {
    const lineEnd = block.indexOf(LF, end);
    end = lineEnd < 0 ? block.length : lineEnd + 1;
  } while (end < block.length && (block[end] === 0x20 || block[end] === 0x09));
  return end;
}

function readField(raw: Buffer): Field | undefined {
  const colon = raw.indexOf(COLON);
  if (colon < 1) return undefined;
  const name = raw.toString('latin1', 0, colon).trimEnd();
  if (!/^[\x21-\x7e]+$/.test(name)) return undefined;
  return { name, value: unfold(raw.toString('latin1', colon + 1)), raw };
}

function unfold(text: string): string {
  return trimSpaces(text.replace(/\r?\n/g, '').replace(/\0/g, ' '));
}

/** Spaces and tabs only: `String.trim` would also take 0xa0, a byte of a UTF-8 character. */
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}
