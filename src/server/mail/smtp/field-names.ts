import { parseHeader } from '../mime/header.ts';

/** A longer header is looked at up to here, bytes. */
const HEADER_BYTES = 256 * 1024;

/** The names of the fields that a message begins with, in lower case. */
export async function fieldNames(message: AsyncIterable<Uint8Array>): Promise<string[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of message) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= HEADER_BYTES) break;
  }
  const head = Buffer.concat(chunks);
  const end = /(?:^|\n)\r?\n/.exec(head.toString('latin1'))?.index ?? head.length;
  return parseHeader(head.subarray(0, end)).map(({ name }) => name.toLowerCase());
}
