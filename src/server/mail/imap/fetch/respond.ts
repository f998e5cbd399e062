import { formatInternalDate } from '../../../../mail/imap/wire/internal-date.ts';
import { flagList, literalHeader } from '../../../../mail/imap/wire/strings.ts';
import { MailServerError } from '../../errors.ts';
import { formatBodyStructure } from '../../mime/body-structure.ts';
import { formatEnvelope } from '../../mime/envelope.ts';
import { locate, type Section } from '../../mime/section.ts';
import type { Part } from '../../mime/structure.ts';
import type { StoredMessage } from '../../store/records.ts';
import type { Output } from '../output.ts';
import type { View } from '../view.ts';
import type { FetchItem, IndexItem } from './items.ts';
import { type Depth, MessageView } from './message-view.ts';

/** A piece of a FETCH response: text, or a literal that is read while it is sent. */
type Piece =
  | string
  | { readonly label: string; readonly size: number; readonly bytes: AsyncGenerator<Uint8Array> };

/**
 * Writes `* n FETCH (...)`. The files are open before the first byte goes out, so that a message that is gone
 * throws `message-gone` with nothing written. When reading fails later it throws `broken-off`, and the connection
 * must end, for the announced length cannot be kept.
 */
export async function respond(
  output: Output,
  view: View,
  message: StoredMessage,
  items: readonly FetchItem[],
): Promise<void> {
  const number = view.numberOf(message.uid);
  if (number === undefined) return;
  const reader = new MessageView(view.mailbox, message);
  const pieces: Piece[] = [];
  try {
    for (const item of items) pieces.push(await makePiece(view, reader, item));
    await write(output, number, pieces);
  } finally {
    for (const piece of pieces) if (typeof piece !== 'string') await piece.bytes.return(undefined);
  }
}

async function write(output: Output, number: number, pieces: readonly Piece[]): Promise<void> {
  output.text(`* ${number} FETCH (`);
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) output.text(' ');
    if (typeof piece === 'string') output.text(piece);
    else await writeLiteral(output, piece);
  }
  output.line(')');
  await output.relieve();
}

async function makePiece(view: View, reader: MessageView, item: FetchItem): Promise<Piece> {
  switch (item.kind) {
    case 'index':
      return indexItem(view, reader.message, item.name);
    case 'envelope':
      return `ENVELOPE ${formatEnvelope((await reader.part('header')).fields)}`;
    case 'structure':
      return `${item.name} ${formatBodyStructure(await reader.part('structure'), item.name === 'BODYSTRUCTURE')}`;
    case 'body':
      return bodyPiece(reader, item);
  }
}

function indexItem(view: View, message: StoredMessage, name: IndexItem): string {
  switch (name) {
    case 'FLAGS':
      return `FLAGS ${flagList(view.flagsOf(message))}`;
    case 'UID':
      return `UID ${message.uid}`;
    case 'INTERNALDATE':
      return `INTERNALDATE "${formatInternalDate(message.internalDate)}"`;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${message.size}`;
    case 'MODSEQ':
      return `MODSEQ (${message.modseq})`;
  }
}

async function bodyPiece(reader: MessageView, item: Extract<FetchItem, { kind: 'body' }>): Promise<Piece> {
  const part: Part = await reader.part(depthFor(item.section));
  const found = locate(part, item.section);
  if (!found) return `${item.label} NIL`;
  if ('bytes' in found) {
    const bytes = item.partial ? cut(found.bytes, item.partial) : found.bytes;
    return { label: item.label, size: bytes.length, bytes: once(bytes) };
  }
  const start = Math.min(found.end, found.start + (item.partial?.origin ?? 0));
  const end = Math.min(found.end, start + (item.partial?.length ?? Number.POSITIVE_INFINITY));
  return { label: item.label, size: end - start, bytes: await begun(reader.read(start, end)) };
}

function depthFor({ path, text }: Section): Depth {
  if (path.length > 0) return 'structure';
  return text === undefined ? 'index' : 'header';
}

function cut(bytes: Buffer, { origin, length }: { origin: number; length: number }): Buffer {
  return bytes.subarray(origin, origin + length);
}

async function writeLiteral(output: Output, piece: Exclude<Piece, string>): Promise<void> {
  output.text(`${piece.label} ${literalHeader(piece.size)}`);
  let sent = 0;
  let cause: unknown;
  try {
    for await (const chunk of piece.bytes) {
      sent += chunk.length;
      await output.bytes(chunk);
    }
  } catch (error) {
    cause = error;
  }
  if (sent === piece.size && cause === undefined) return;
  throw new MailServerError(`A message gave ${sent} bytes where ${piece.size} were announced`, {
    code: 'broken-off',
    fields: { sent, announced: piece.size },
    cause,
  });
}

/** Reads the first chunk now: then the file is open, and may even be removed. */
async function begun(chunks: AsyncGenerator<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const first = await chunks.next();
  return continued(first, chunks);
}

async function* continued(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (!first.done) yield first.value;
  yield* rest;
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
