import type { Field } from './header.ts';
import type { Part } from './structure.ts';

/** The part of a BODY[...] before `]` (RFC 3501 6.4.5). */
export interface Section {
  /** `1.2` is [1, 2]; empty for the message itself. */
  readonly path: readonly number[];
  readonly text?: 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME' | undefined;
  /** Field names of HEADER.FIELDS and HEADER.FIELDS.NOT. */
  readonly fields?: readonly string[] | undefined;
}

/** A range of the message's bytes, or bytes made from it. */
export type SectionBytes = { readonly start: number; readonly end: number } | { readonly bytes: Buffer };

/** The bytes of a section; undefined when the message has no such part (NIL is sent). */
export function locate(root: Part, section: Section): SectionBytes | undefined {
  const part = findPart(root, section.path);
  if (!part) return undefined;
  const isPart = section.path.length > 0;
  switch (section.text) {
    case undefined:
      return { start: isPart ? part.bodyStart : 0, end: part.end };
    case 'MIME':
      return isPart ? { start: part.headerStart, end: part.bodyStart } : undefined;
    default:
      return locateInMessage(isPart ? messageIn(part) : root, section);
  }
}

/** HEADER and TEXT below a part number speak of the message/rfc822 in that part. */
function locateInMessage(message: Part | undefined, section: Section): SectionBytes | undefined {
  if (!message) return undefined;
  if (section.text === 'TEXT') return { start: message.bodyStart, end: message.end };
  if (section.text === 'HEADER') return { start: message.headerStart, end: message.bodyStart };
  return { bytes: selectFields(message.fields, section) };
}

/** HEADER.FIELDS: the fields as they stand, and the blank line behind them. */
export function selectFields(fields: readonly Field[], section: Section): Buffer {
  const wanted = new Set(section.fields?.map((name) => name.toLowerCase()));
  const inverted = section.text === 'HEADER.FIELDS.NOT';
  const chosen = fields.filter((field) => wanted.has(field.name.toLowerCase()) !== inverted);
  return Buffer.concat([...chosen.map((field) => field.raw), Buffer.from('\r\n')]);
}

/** Part numbers look through the message of a message/rfc822; a message that is no multipart is its part 1. */
function findPart(root: Part, path: readonly number[]): Part | undefined {
  let part: Part | undefined = root;
  let top = true;
  for (const number of path) {
    const holder: Part | undefined = top ? part : (messageIn(part as Part) ?? part);
    const whole = top || holder !== part;
    part = child(holder as Part, number, whole);
    if (!part) return undefined;
    top = false;
  }
  return part;
}

function child(of: Part, number: number, isMessage: boolean): Part | undefined {
  if (of.contentType.type === 'multipart' && of.children.length > 0) return of.children[number - 1];
  return isMessage && number === 1 ? of : undefined;
}

function messageIn(part: Part): Part | undefined {
  const { type, subtype } = part.contentType;
  return type === 'message' && subtype === 'rfc822' ? part.children[0] : undefined;
}
