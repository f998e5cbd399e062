import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { RingpostError } from './errors.ts';

/** Longest request, in bytes: settings and names, never mail. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** Longest answer line, in bytes. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Connects to a Unix socket or rejects with Node's error. */
export function connectSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Writes a value as one line, unless the other side is gone. */
export function writeLine(socket: Socket, value: unknown): void {
  if (socket.writable) socket.write(lineOf(value));
}

/** A value as one line of JSON. */
export function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** Each line as JSON. Throws RingpostError `bad-request` for what is none, or longer than `limit` bytes. */
export async function* jsonLines(stream: Readable, limit: number): AsyncGenerator<unknown> {
  let pieces: Buffer[] = [];
  let held = 0;
  // The stream stays open after a bad line, to carry the answer that says so.
  const chunks: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...pieces, rest.subarray(0, end)]);
      rest = rest.subarray(end + 1);
      pieces = [];
      held = 0;
      if (line.length > limit) throw tooLong(limit);
      if (line.length > 0) yield parse(line);
    }
    held += rest.length;
    if (held > limit) throw tooLong(limit);
    pieces.push(rest);
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw new RingpostError('control line: not JSON', { code: 'bad-request', cause });
  }
}

function tooLong(limit: number): RingpostError {
  return new RingpostError(`control line: longer than ${limit} bytes`, { code: 'bad-request' });
}
