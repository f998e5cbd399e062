/**
 * Server bytes on the disk, reversibly. A message whose line ends are all CRLF is stored with LF, as every
 * Maildir program expects; any other message is stored as it came. No mark is needed to tell them apart:
 * a stored message has exactly the size that its name says when raw, and is shorter by one byte a line when converted
 * (a message without line ends is the same both ways). A converted file holds no CR at all.
 */

const CR = 0x0d;
const LF = 0x0a;

/** Takes the CRs out of CRLF, and says when a message turns out not to have CRLF line ends only. */
export class CrlfStripper {
  #pendingCr = false;
  #lines = 0;

  /** CRLF seen so far: each was stored one byte shorter. */
  get lines(): number {
    return this.#lines;
  }

  /** The last byte was a CR and is not yet in what `strip` gave back. */
  get pendingCr(): boolean {
    return this.#pendingCr;
  }

  /**
   * The chunk with LF line ends; a CR at its end is kept back. Undefined: the chunk has a bare CR or a bare LF
   * (or a CR kept back was bare), so the message must be stored raw; the state is then as before the chunk.
   */
  strip(chunk: Uint8Array): Uint8Array | undefined {
    const out = new Uint8Array(chunk.length);
    let length = 0;
    let lines = 0;
    let cr = this.#pendingCr;
    for (const byte of chunk) {
      if (cr !== (byte === LF)) return undefined;
      cr = byte === CR;
      if (cr) continue;
      if (byte === LF) lines += 1;
      out[length] = byte;
      length += 1;
    }
    this.#pendingCr = cr;
    this.#lines += lines;
    return out.subarray(0, length);
  }
}

/** Puts the CRs back: every LF becomes CRLF. */
export function addCrs(chunk: Uint8Array): Uint8Array {
  const lines = countLfs(chunk);
  if (lines === 0) return chunk;
  const out = new Uint8Array(chunk.length + lines);
  let length = 0;
  for (const byte of chunk) {
    if (byte === LF) {
      out[length] = CR;
      length += 1;
    }
    out[length] = byte;
    length += 1;
  }
  return out;
}

/**
 * CRLF for line ends whatever they were, for messages that another program wrote: a bare LF gets its CR,
 * a CRLF stays. Chunk by chunk; remembers a CR across chunks.
 */
export class CrlfNormaliser {
  #afterCr = false;

  add(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(chunk.length + countLfs(chunk));
    let length = 0;
    for (const byte of chunk) {
      if (byte === LF && !this.#afterCr) {
        out[length] = CR;
        length += 1;
      }
      out[length] = byte;
      length += 1;
      this.#afterCr = byte === CR;
    }
    return out.subarray(0, length);
  }
}

function countLfs(chunk: Uint8Array): number {
  let count = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) count += 1;
  return count;
}
