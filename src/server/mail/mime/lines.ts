/** One line of a message as the scanner sees it. */
export interface Line {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset behind its line end. */
  readonly end: number;
  /** Its bytes with the line end, cut to the limit that applied when it was read. Valid during the call only. */
  readonly bytes: Buffer;
}

const LF = 0x0a;

/**
 * Cuts a stream of bytes into lines without ever holding more of a line than `limit()` bytes. The last line
 * may lack its line end. `onLine` returns false to stop. Resolves to the number of bytes read.
 */
export async function scanLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: () => number,
  onLine: (line: Line) => boolean,
): Promise<number> {
  let offset = 0;
  let start = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const hold = (piece: Buffer) => {
    const room = limit() - heldBytes;
    if (room <= 0) return;
    held.push(piece.length > room ? piece.subarray(0, room) : piece);
    heldBytes += Math.min(room, piece.length);
  };
  const finish = (end: number): boolean => {
    const bytes = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
    const line = { start, end, bytes };
    held = [];
    heldBytes = 0;
    start = end;
    return onLine(line);
  };
  for await (const bytes of chunks) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      hold(chunk.subarray(from, at + 1));
      from = at + 1;
      if (!finish(offset + from)) return offset + from;
    }
    // A copy: the stream may use its chunk again.
    if (from < chunk.length) hold(Buffer.from(chunk.subarray(from, from + limit())));
    offset += chunk.length;
  }
  if (start < offset) finish(offset);
  return offset;
}
