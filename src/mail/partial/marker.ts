/** The field that marks a partial copy. */
export const PARTIAL_FIELD = 'X-Ringpost-Partial';

const FIRST_LINE = new RegExp(`^${PARTIAL_FIELD}: \\d{1,16} of (\\d{1,16})\\r?\\n`);
const LONGEST = 64;

/**
 * Whether these first bytes of a message (64 are enough) are of a partial copy. Only as the very first field does it
 * count: a sender may write it too, but whoever takes a mail in puts its own fields above the sender's (RFC 5321 4.4).
 */
export function isPartial(header: Uint8Array): boolean {
  return sizeSaid(header) !== undefined;
}

/** Bytes that the whole message has, from the first bytes of a partial copy; undefined: it is none. */
export function sizeSaid(header: Uint8Array): number | undefined {
  const size = FIRST_LINE.exec(Buffer.from(header.subarray(0, LONGEST)).toString('latin1'))?.[1];
  return size === undefined ? undefined : Number(size);
}
