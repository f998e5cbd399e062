import { type Parameterized, parseParameterized } from './content-type.ts';
import { formatEnvelope } from './envelope.ts';
import { fieldValue } from './header.ts';
import { imapNstring, imapString } from './imap-text.ts';
import type { Part } from './structure.ts';

/** BODYSTRUCTURE, or BODY when not `extended` (RFC 3501 7.4.2), `latin1`. */
export function formatBodyStructure(part: Part, extended: boolean): string {
  const { type } = part.contentType;
  const isMultipart = type === 'multipart' && part.children.length > 0;
  return `(${(isMultipart ? multipart(part, extended) : single(part, extended)).join(' ')})`;
}

function multipart(part: Part, extended: boolean): string[] {
  const parts = part.children.map((child) => formatBodyStructure(child, extended)).join('');
  const fields = [parts, upper(part.contentType.subtype)];
  return extended ? [...fields, parameters(part.contentType), ...common(part)] : fields;
}

function single(part: Part, extended: boolean): string[] {
  const { contentType, fields } = part;
  // A multipart without parts would be no body at all: it is shown as text.
  const isEmptyMultipart = contentType.type === 'multipart';
  const basic = [
    upper(isEmptyMultipart ? 'text' : contentType.type),
    upper(isEmptyMultipart ? 'plain' : contentType.subtype),
    parameters(contentType),
    imapNstring(fieldValue(fields, 'content-id')),
    imapNstring(fieldValue(fields, 'content-description')),
    upper(fieldValue(fields, 'content-transfer-encoding')?.trim() || '7bit'),
    String(part.end - part.bodyStart),
    ...ofKind(part, extended),
  ];
  return extended ? [...basic, imapNstring(fieldValue(fields, 'content-md5')), ...common(part)] : basic;
}

/** What text and enclosed messages have between the size and the extension data. */
function ofKind(part: Part, extended: boolean): string[] {
  const message = part.children[0];
  if (part.contentType.type === 'message' && message) {
    return [formatEnvelope(message.fields), formatBodyStructure(message, extended), String(part.lines)];
  }
  const { type } = part.contentType;
  return type === 'text' || type === 'multipart' ? [String(part.lines)] : [];
}

/** Disposition, language, location. */
function common(part: Part): string[] {
  return [disposition(part), language(part), imapNstring(fieldValue(part.fields, 'content-location'))];
}

function disposition(part: Part): string {
  const text = fieldValue(part.fields, 'content-disposition');
  if (!text) return 'NIL';
  const parsed = parseParameterized(text);
  return `(${upper(parsed.value)} ${parameters(parsed)})`;
}

function language(part: Part): string {
  const languages = (fieldValue(part.fields, 'content-language') ?? '').split(',').map((text) => text.trim());
  const named = languages.filter((text) => text !== '').slice(0, 50);
  return named.length === 0 ? 'NIL' : `(${named.map(imapString).join(' ')})`;
}

function parameters(of: Parameterized): string {
  if (of.parameters.length === 0) return 'NIL';
  return `(${of.parameters.flatMap(([name, value]) => [upper(name), imapString(value)]).join(' ')})`;
}

function upper(text: string): string {
  return imapString(text.toUpperCase());
}
