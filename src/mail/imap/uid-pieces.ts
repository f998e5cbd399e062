import { UidSet } from '../uid-set.ts';

/** Servers cap command lines; RFC 7162 4 asks for 8192 bytes at least, items and all. */
const MAX_SET_BYTES = 7000;

/** The set cut so that each piece fits in a command line; none for the empty set. */
export function pieces(uids: UidSet): UidSet[] {
  const cut: UidSet[] = [];
  let ranges: (readonly [number, number])[] = [];
  let bytes = 0;
  for (const range of uids.ranges) {
    const length = `${range[0]}:${range[1]},`.length;
    if (bytes + length > MAX_SET_BYTES) {
      cut.push(UidSet.ofRanges(ranges));
      ranges = [];
      bytes = 0;
    }
    ranges.push(range);
    bytes += length;
  }
  return ranges.length > 0 ? [...cut, UidSet.ofRanges(ranges)] : cut;
}
