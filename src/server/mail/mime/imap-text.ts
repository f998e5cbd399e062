import { literalHeader, quoted } from '../../../mail/imap/wire/strings.ts';

/**
 * Strings of header values in responses. Text is `latin1` (one character per byte), as the header reader
 * gives it; so is what comes out.
 */
export function imapString(text: string): string {
  return quoted(text) ?? `${literalHeader(text.length)}${text}`;
}

/** NIL for undefined. */
export function imapNstring(text: string | undefined): string {
  return text === undefined ? 'NIL' : imapString(text);
}

/** A value of METADATA (RFC 5464): NUL only fits into a literal8. */
export function metadataValue(text: string | undefined): string {
  return text?.includes('\0') ? `~${literalHeader(text.length)}${text}` : imapNstring(text);
}
