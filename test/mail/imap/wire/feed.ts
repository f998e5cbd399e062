import { CommandReader } from '../../../../src/mail/imap/wire/command-reader.ts';
import type { LineReaderOptions } from '../../../../src/mail/imap/wire/line-reader.ts';
import { ResponseReader } from '../../../../src/mail/imap/wire/response-reader.ts';

/** A byte stream cut into chunks of these sizes, over and over; what is left at the end comes in one. */
export async function* chunked(bytes: Buffer, sizes: readonly number[] = []): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** All responses, or commands, of a byte stream; what the reader threw is the last element. */
export async function readAll(
  side: 'responses' | 'commands',
  bytes: string | Buffer,
  options: LineReaderOptions & { sizes?: readonly number[] } = {},
): Promise<unknown[]> {
  const source = chunked(Buffer.from(bytes as string), options.sizes);
  const reader =
    side === 'responses' ? new ResponseReader(source, options) : new CommandReader(source, options);
  const read: unknown[] = [];
  try {
    for (let next = await reader.next(); next; next = await reader.next()) read.push(next);
  } catch (error) {
    read.push(error);
  }
  return read;
}
