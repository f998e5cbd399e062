import { EnrolmentError } from './errors.ts';

/** A tag of one byte, and what it says. */
export type Field = readonly [tag: number, value: Uint8Array];

/** tag (1) ‖ length (2, big-endian) ‖ value, one after another. */
export function writeFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([tag, value]) => [Buffer.of(tag, value.length >> 8, value.length & 0xff), value]),
  );
}

/** Reads them; each tag comes once. */
export function readFields(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const [tag = 0] = bytes.subarray(at);
    const length = at + 3 <= bytes.length ? bytes.readUInt16BE(at + 1) : bytes.length;
    const end = at + 3 + length;
    if (end > bytes.length || fields.has(tag)) {
      throw new EnrolmentError('The enrolment text cannot be taken: its fields do not fit together', {
        code: 'bad-enrolment',
      });
    }
    fields.set(tag, bytes.subarray(at + 3, end));
    at = end;
  }
  return fields;
}
