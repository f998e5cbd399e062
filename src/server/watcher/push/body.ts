import type { IncomingMessage } from 'node:http';

/** The body; undefined once it is longer than `limit` bytes. Rejects when the sender goes away. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  // The connection stays for the answer that says why.
  const chunks: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) return undefined;
    pieces.push(chunk);
  }
  return Buffer.concat(pieces);
}
