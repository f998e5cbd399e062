import { MAX_UID, UidSet } from '../../uid-set.ts';
import { type ConfusedCode, confused } from './wire-error.ts';

/**
 * `1:3,7,9:*` with `*` standing for `largest` (0: nothing is there, `*` then names nothing). Works for UIDs and
 * for message sequence numbers. Anything else throws MailError with `code`.
 */
export function parseSequenceSet(text: string, largest: number, code: ConfusedCode): UidSet {
  const ranges = text.split(',').map((range): readonly [number, number] => {
    const match = /^(\d{1,10}|\*)(?::(\d{1,10}|\*))?$/.exec(range);
    if (!match) throw confused(code, 'no sequence set where one is expected');
    const ends = [match[1], match[2] ?? match[1]].map((end) => (end === '*' ? largest : Number(end)));
    const [first = 0, last = 0] = ends.sort((a, b) => a - b);
    if ((first < 1 && largest > 0) || last > MAX_UID)
      throw confused(code, 'a sequence set goes out of its range');
    return [Math.max(1, first), last];
  });
  return UidSet.ofRanges(ranges.filter(([first, last]) => first <= last));
}
