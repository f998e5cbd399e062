import { randomUUID } from 'node:crypto';
import libmime from 'libmime';
import type { Files } from '../../base/files.ts';
import { CrlfNormaliser } from '../maildir/line-ends.ts';
import { BLIND } from './envelope.ts';
import { HEADER_LIMIT, type Header, readHeader, valuesOf } from './header.ts';
import { plainText } from './refusal.ts';
import type { Waiting } from './spool.ts';

/** A message, read as far as it takes to send it. */
export interface Letter {
  readonly path: string;
  readonly head: Buffer;
  readonly header: Header;
  readonly subject: string;
}

/** What the bytes of a message come to. */
export interface Measure {
  /** Bytes with CRLF line ends, as they are sent (RFC 1870) but for the stuffed dots. */
  readonly sent: number;
  /** Bytes with CRLF line ends, and those of the file; undefined when the line ends are so mixed that they cannot be restored. */
  readonly stored: { readonly size: number; readonly fileSize: number } | undefined;
  /** Bytes beyond ASCII (RFC 6152). */
  readonly eightBit: boolean;
}

const MOST_SUBJECT = 80;

/** A file that is older than this, or from the future, has its time from a clock that was wrong (a Pi has no battery for it). */
const BELIEVABLE_AGE_MS = 60 * 86_400_000;

/** Reads the header of a file. Throws MailError `message-refused` when it has none. */
export async function readLetter(path: string, { size }: Waiting, files: Files): Promise<Letter> {
  const head = await headOf(path, files);
  const header = readHeader(head, size <= HEADER_LIMIT);
  return { path, head, header, subject: subjectOf(header) };
}

/** The file's subject for people, whatever else is wrong with it. */
export async function subjectIn(path: string, waiting: Waiting, files: Files): Promise<string> {
  return readLetter(path, waiting, files).then(
    ({ subject }) => subject,
    () => '(no subject)',
  );
}

/**
 * The fields that RFC 6409 8.2 and 8.3 would let the server add: stored before anything is sent, so that a second try
 * has the same Message-ID, by which receivers know it. Empty when the message has both.
 */
export function missingFields({ header }: Letter, sender: string, mtimeMs: number, nowMs: number): string {
  const written = Math.abs(nowMs - mtimeMs) < BELIEVABLE_AGE_MS ? mtimeMs : nowMs;
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  const date = `Date: ${new Date(written).toUTCString().replace('GMT', '+0000')}${header.lineEnd}`;
  const id = `Message-ID: <${randomUUID()}@${domain}>${header.lineEnd}`;
  const has = (name: string) => valuesOf(header, name).length > 0;
  return `${has('date') ? '' : date}${has('message-id') ? '' : id}`;
}

/** The file with fields before the ones that it has. */
export async function* withFields(
  { path }: Letter,
  fields: string,
  files: Files,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(fields);
  yield* files.readStream(path);
}

/** What is sent: CRLF line ends, without the fields that name blind recipients. */
export async function* sentBytes({ path, head, header }: Letter, files: Files): AsyncGenerator<Uint8Array> {
  const crlf = new CrlfNormaliser();
  for (const { name, start, end } of header.fields) {
    if (!BLIND.includes(name)) yield crlf.add(head.subarray(start, end));
  }
  for await (const chunk of files.readStream(path, { start: header.end })) yield crlf.add(chunk);
}

/** Reads the file once through. */
export async function measure({ path, head, header }: Letter, files: Files): Promise<Measure> {
  const crlf = new CrlfNormaliser();
  let [raw, stored, hasCr, eightBit] = [0, 0, false, false];
  for await (const chunk of files.readStream(path) as AsyncIterable<Buffer>) {
    raw += chunk.length;
    stored += crlf.add(chunk).length;
    hasCr ||= chunk.includes(0x0d);
    eightBit ||= chunk.some((byte) => byte > 0x7f);
  }
  const blind = header.fields.filter(({ name }) => BLIND.includes(name));
  const unsent = blind.reduce((sum, { start, end }) => sum + crlfSize(head.subarray(start, end)), 0);
  const isMixed = hasCr && stored !== raw;
  return {
    sent: stored - unsent,
    stored: isMixed ? undefined : { size: stored, fileSize: raw },
    eightBit,
  };
}

function crlfSize(bytes: Uint8Array): number {
  return new CrlfNormaliser().add(bytes).length;
}

function subjectOf(header: Header): string {
  const [text = ''] = valuesOf(header, 'subject');
  const decoded = text.includes('=?') ? libmime.decodeWords(text.slice(0, 1000)) : text;
  return plainText(decoded, MOST_SUBJECT) || '(no subject)';
}

async function headOf(path: string, files: Files): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.readStream(path, { start: 0, end: HEADER_LIMIT - 1 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
