import { createHash } from 'node:crypto';
import { type Field, fitting, lengthOf } from './fields.ts';
import { PARTIAL_FIELD } from './marker.ts';
import { noteOf } from './note.ts';
import { readOpening } from './opening.ts';
import { shownText } from './shown-text.ts';

/**
 * A complete message from the first bytes of one that has `size` bytes: its header, a note that says what it is, and the
 * first text part as far as it came. The same bytes always give the same message, with CRLF line ends. Never throws,
 * whatever `start` is, and is no longer than `start` and 2 kB. NULs are left out.
 *
 * The whole message, when it comes, needs a base name of its own in the Maildir: under a name that it knows, Dovecot 2.3.19
 * gave the new message cut at the size of the old one.
 */
export function partialMessage(start: Uint8Array, size: number): Buffer {
  const here = start.length;
  const { fields, texts } = readOpening(unified(start, size), here >= size);
  const kept = fitting(fields.filter(isKept), here);
  const text = shownText(texts, here - lengthOf(kept));
  // No sender can foresee it, so no line of the text can be taken for it.
  const boundary = `=_ringpost-${createHash('sha256').update(start).digest('hex').slice(0, 24)}`;
  const parts = [noteOf({ here, size, text: text !== undefined }), ...(text === undefined ? [] : [text])];
  const lines = [
    `${PARTIAL_FIELD}: ${here} of ${size}`,
    ...kept.map((field) => field.text),
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    ...parts.flatMap((part) => [`--${boundary}`, part]),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\n').replaceAll('\n', '\r\n'), 'latin1');
}

/** LF line ends; a CR that may be half a line end goes. A CR elsewhere stays: what it means depends on where it is. */
function unified(start: Uint8Array, size: number): string {
  const lines = Buffer.from(start)
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/(?<!\r)\r*\n/g, '\n');
  return start.length >= size ? lines : lines.replace(/(?<!\r)\r+$/, '');
}

function isKept({ name }: Field): boolean {
  return !name.startsWith('content-') && name !== 'mime-version' && name !== PARTIAL_FIELD.toLowerCase();
}
