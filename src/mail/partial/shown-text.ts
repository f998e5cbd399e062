import { cutText, within } from './cut.ts';
import { type Field, fieldIn, fitting, lengthOf, parameterized } from './fields.ts';
import type { TextPart } from './opening.ts';

/** Types of text from the most wanted to the least; any other text comes after them. */
const WANTED = ['text/plain', 'text/html'];
/** A Content-Type that says a type (RFC 2045 5.1, RFC 6838 4.2). */
const TYPE = /^[^:]+:\s*text\/[a-z0-9!#$&^_.+-]+[ \t\n]*(?:[;(]|$)/i;

/** The text to be shown, as a MIME part with LF line ends and at most `room` bytes with CRLF; undefined: there is none. */
export function shownText(texts: readonly TextPart[], room: number): string | undefined {
  const part = mostWanted(texts);
  if (!part) return undefined;
  const encoding = encodingOf(part);
  const said = [typeOf(part), encodingField(encoding, part)].filter((field) => field !== undefined);
  const fields = fitting(said, room);
  const left = room - lengthOf(fields);
  const fits = part.whole && within(part.body, left) === part.body;
  const body = fits ? part.body : cutText(part.body, encoding, left);
  return [...fields.map(({ text }) => text), '', body].join('\n');
}

/** The first of the most wanted type that is not empty. */
function mostWanted(texts: readonly TextPart[]): TextPart | undefined {
  const filled = texts.filter(({ body }) => body.trim() !== '');
  const found = WANTED.map((type) => filled.find((part) => part.type === type));
  return found.find((part) => part !== undefined) ?? filled[0];
}

function typeOf({ fields }: TextPart): Field | undefined {
  const field = fieldIn(fields, 'content-type');
  return field && TYPE.test(field.text) ? field : undefined;
}

/** Lower case; octets above 127 make `8bit` of what is said to be `7bit`, or of what says nothing (RFC 2045 6.1). */
function encodingOf({ fields, body }: TextPart): string {
  const said = parameterized(fieldIn(fields, 'content-transfer-encoding'))?.value ?? '7bit';
  return said === '7bit' && /[\x80-\xff]/.test(body) ? '8bit' : said;
}

function encodingField(encoding: string, { fields }: TextPart): Field | undefined {
  const name = 'content-transfer-encoding';
  if (encoding === '8bit') return { name, text: 'Content-Transfer-Encoding: 8bit' };
  return fieldIn(fields, name);
}
