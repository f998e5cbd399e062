import { UidSet } from '../../../mail/uid-set.ts';
import { addRecord, type JournalRecord, type StoredMessage } from './records.ts';

interface Expunged {
  readonly modseq: number;
  readonly uids: UidSet;
}

/** Expunges that are remembered one by one; when there are more, the older half is forgotten. */
const MAX_HISTORY = 4_000;

/** Up to this many messages are taken out one by one, without going through all of them. */
const FEW = 16;

/** What the index of one mailbox says, in memory: the sum of its journal. */
export class IndexState {
  #messages: StoredMessage[] = [];
  #uidnext = 1;
  #modseq = 1;
  #history: Expunged[] = [];
  #historyFrom = 0;
  readonly #flagSets = new Map<string, readonly string[]>();

  /** Sorted by UID. */
  get messages(): readonly StoredMessage[] {
    return this.#messages;
  }

  get uidnext(): number {
    return this.#uidnext;
  }

  /** HIGHESTMODSEQ. */
  get modseq(): number {
    return this.#modseq;
  }

  /** How many journal lines a fresh journal of this state would have. */
  get recordCount(): number {
    return this.#messages.length + this.#history.length + 1;
  }

  get(uid: number): StoredMessage | undefined {
    const found = this.#messages[this.position(uid)];
    return found?.uid === uid ? found : undefined;
  }

  /** Where the first message with this UID or a higher one stands. */
  position(uid: number): number {
    let low = 0;
    let high = this.#messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#messages[middle] as StoredMessage).uid < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  apply(record: JournalRecord): void {
    if (record[0] === 'add') this.#add(record);
    else if (record[0] === 'flags') this.#setFlags(record[1], record[2], this.shareFlags(record[3]));
    else if (record[0] === 'expunge') this.#expunge(record[1], record[2]);
    else [, this.#uidnext, this.#modseq, this.#historyFrom] = record;
  }

  /** After damage: counters that are surely above all that was ever told to a client. */
  skipAhead(): void {
    this.#modseq += 2 ** 20;
    this.#uidnext += 2 ** 10;
    this.#historyFrom = this.#modseq;
  }

  /** A UID of a message that was found on the disk counts as given out. */
  reserve(uid: number): void {
    this.#uidnext = Math.max(this.#uidnext, uid + 1);
  }

  shareFlags(flags: readonly string[]): readonly string[] {
    const sorted = [...new Set(flags)].sort();
    const key = sorted.join(' ');
    const known = this.#flagSets.get(key);
    if (known) return known;
    this.#flagSets.set(key, sorted);
    return sorted;
  }

  /**
   * UIDs among `known` that were expunged after `modseq`. When that is longer ago than the history
   * reaches: all of `known` that do not exist (RFC 7162 3.2.5.1).
   */
  vanishedSince(modseq: number | bigint, known?: UidSet): UidSet {
    const asked = known ?? UidSet.range(1, this.#uidnext - 1);
    if (modseq < this.#historyFrom)
      return asked.intersect(UidSet.range(1, this.#uidnext - 1)).without(this.uids());
    const later = this.#history.filter((entry) => entry.modseq > modseq);
    const gone = UidSet.ofRanges(later.flatMap((entry) => entry.uids.ranges));
    return gone.intersect(asked);
  }

  uids(): UidSet {
    return UidSet.ofRanges(runs(this.#messages));
  }

  /** The journal that makes this state, line by line. */
  *records(): Iterable<JournalRecord> {
    yield ['start', this.#uidnext, this.#modseq, this.#historyFrom];
    for (const { modseq, uids } of this.#history) yield ['expunge', modseq, uids];
    for (const message of this.#messages) yield addRecord(message);
  }

  #add([, uid, modseq, flags, internalDate, size, base]: Extract<
    JournalRecord,
    ['add', ...unknown[]]
  >): void {
    const message = { uid, modseq, flags: this.shareFlags(flags), internalDate, size, base };
    const at = this.position(uid);
    const replaced = this.#messages[at]?.uid === uid ? 1 : 0;
    if (at === this.#messages.length) this.#messages.push(message);
    else this.#messages.splice(at, replaced, message);
    this.reserve(uid);
    this.#modseq = Math.max(this.#modseq, modseq);
  }

  #setFlags(modseq: number, uids: UidSet, flags: readonly string[]): void {
    for (const at of this.positions(uids)) {
      this.#messages[at] = { ...(this.#messages[at] as StoredMessage), modseq, flags };
    }
    this.#modseq = Math.max(this.#modseq, modseq);
  }

  #expunge(modseq: number, uids: UidSet): void {
    const positions = [...this.positions(uids)];
    if (positions.length > FEW) this.#messages = this.#messages.filter(({ uid }) => !uids.has(uid));
    else for (const at of positions.reverse()) this.#messages.splice(at, 1);
    this.#history.push({ modseq, uids });
    this.#modseq = Math.max(this.#modseq, modseq);
    if (this.#history.length <= MAX_HISTORY) return;
    const forgotten = this.#history.splice(0, MAX_HISTORY / 2);
    this.#historyFrom = forgotten.at(-1)?.modseq ?? this.#historyFrom;
  }

  /** Positions of those of these UIDs that exist, ascending; never walks over UIDs that do not. */
  *positions(uids: UidSet): Iterable<number> {
    for (const [first, last] of uids.ranges) {
      for (let at = this.position(first); at < this.#messages.length; at += 1) {
        if ((this.#messages[at] as StoredMessage).uid > last) break;
        yield at;
      }
    }
  }
}

function runs(messages: readonly StoredMessage[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { uid } of messages) {
    const top = ranges.at(-1);
    if (top && top[1] + 1 === uid) top[1] = uid;
    else ranges.push([uid, uid]);
  }
  return ranges;
}
