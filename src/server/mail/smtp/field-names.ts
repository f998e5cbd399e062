import { firstBytes } from '../mime/first-bytes.ts';
import { parseHeader } from '../mime/header.ts';

/** A longer header is looked at up to here, bytes. */
const HEADER_BYTES = 256 * 1024;

/** The names of the fields that a message begins with, in lower case. */
export async function fieldNames(message: AsyncIterable<Uint8Array>): Promise<string[]> {
  const head = await firstBytes(message, HEADER_BYTES);
  const end = /(?:^|\n)\r?\n/.exec(head.toString('latin1'))?.index ?? head.length;
  return parseHeader(head.subarray(0, end)).map(({ name }) => name.toLowerCase());
}
