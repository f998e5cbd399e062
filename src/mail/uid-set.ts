import { MailError } from './errors.ts';

/** Largest UID (RFC 9051 2.3.1.1: 32 bits). */
export const MAX_UID = 2 ** 32 - 1;

type Range = readonly [first: number, last: number];

/** A set of UIDs as sorted, disjoint, non-adjacent ranges; immutable. Its text form is the IMAP sequence set. */
export class UidSet implements Iterable<number> {
  readonly #ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  static get empty(): UidSet {
    return EMPTY;
  }

  static of(uids: Iterable<number>): UidSet {
    return UidSet.ofRanges(Array.from(uids, (uid) => [uid, uid] as const));
  }

  static range(first: number, last: number): UidSet {
    return first > last ? UidSet.empty : new UidSet([[first, last]]);
  }

  static ofRanges(ranges: readonly Range[]): UidSet {
    return new UidSet(isTidy(ranges) ? ranges : joined([...ranges].sort((a, b) => a[0] - b[0])));
  }

  /** Reads `1:3,7` (also `3:1`); empty text is the empty set; `*` and anything else throws MailError `bad-uid-set`. */
  static parse(text: string): UidSet {
    if (text === '') return UidSet.empty;
    return UidSet.ofRanges(text.split(',').map(readRange));
  }

  get size(): number {
    return this.#ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /** The largest UID, 0 when empty. */
  get last(): number {
    return this.#ranges[this.#ranges.length - 1]?.[1] ?? 0;
  }

  has(uid: number): boolean {
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#ranges[middle] as Range;
      if (uid < first) high = middle - 1;
      else if (uid > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  union(other: UidSet): UidSet {
    if (other.isEmpty) return this;
    return this.isEmpty ? other : new UidSet(joined(inOrder(this.#ranges, other.#ranges)));
  }

  intersect(other: UidSet): UidSet {
    const common: Range[] = [];
    let mine = 0;
    let theirs = 0;
    while (mine < this.#ranges.length && theirs < other.#ranges.length) {
      const [first, last] = this.#ranges[mine] as Range;
      const [otherFirst, otherLast] = other.#ranges[theirs] as Range;
      if (Math.max(first, otherFirst) <= Math.min(last, otherLast)) {
        common.push([Math.max(first, otherFirst), Math.min(last, otherLast)]);
      }
      if (last < otherLast) mine += 1;
      else theirs += 1;
    }
    return new UidSet(common);
  }

  without(other: UidSet): UidSet {
    return this.intersect(other.#complement());
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const [first, last] of this.#ranges) {
      for (let uid = first; uid <= last; uid += 1) yield uid;
    }
  }

  toString(): string {
    return this.#ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',');
  }

  toJSON(): string {
    return this.toString();
  }

  #complement(): UidSet {
    const gaps: Range[] = [];
    let next = 1;
    for (const [first, last] of this.#ranges) {
      if (next < first) gaps.push([next, first - 1]);
      next = last + 1;
    }
    if (next <= MAX_UID) gaps.push([next, MAX_UID]);
    return new UidSet(gaps);
  }
}

/** Outside the class: TypeScript 7.0.2 compiles a static field of the class's own type to a use before its definition. */
const EMPTY = UidSet.of([]);

/** Sorted, disjoint and not adjacent. */
function isTidy(ranges: readonly Range[]): boolean {
  return ranges.every(([first], index) => index === 0 || first > (ranges[index - 1] as Range)[1] + 1);
}

/** Sorted ranges that touch become one. */
function joined(sorted: Iterable<Range>): Range[] {
  const ranges: Range[] = [];
  for (const range of sorted) {
    const top = ranges[ranges.length - 1];
    if (!top || range[0] > top[1] + 1) ranges.push(range);
    else if (range[1] > top[1]) ranges[ranges.length - 1] = [top[0], range[1]];
  }
  return ranges;
}

/** Two sorted lists as one. A mailbox may have a hundred thousand ranges, and one more is usual. */
function* inOrder(a: readonly Range[], b: readonly Range[]): Generator<Range> {
  let at = 0;
  for (const range of a) {
    for (let other = b[at]; other && other[0] < range[0]; other = b[at]) {
      yield other;
      at += 1;
    }
    yield range;
  }
  yield* b.slice(at);
}

/** The usual case of `parseRange`, without a regular expression: a state has a hundred thousand of them. */
function readRange(text: string): Range {
  const colon = text.indexOf(':');
  const first = Number(colon < 0 ? text : text.slice(0, colon));
  const last = colon < 0 ? first : Number(text.slice(colon + 1));
  const isPlain = first >= 1 && last >= first && last <= MAX_UID && PLAIN.test(text);
  return isPlain ? [first, last] : parseRange(text);
}

const PLAIN = /^[\d:]+$/;

function parseRange(text: string): Range {
  const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  const ends = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [];
  const [first = 0, last = 0] = ends.sort((a, b) => a - b);
  if (first < 1 || last > MAX_UID) {
    throw new MailError(`"${text.slice(0, 40)}" is no UID or UID range`, { code: 'bad-uid-set' });
  }
  return [first, last];
}
