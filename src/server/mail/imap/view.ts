import { parseSequenceSet } from '../../../mail/imap/wire/sequence-set.ts';
import { flagList } from '../../../mail/imap/wire/strings.ts';
import { UidSet } from '../../../mail/uid-set.ts';
import type { MailboxChange } from '../store/changes.ts';
import type { Mailbox } from '../store/mailbox.ts';
import type { StoredMessage } from '../store/records.ts';
import { bad } from './refusal.ts';

/** What the client agreed to read: MODSEQ in FETCH, VANISHED instead of EXPUNGE, UID in FETCH. */
export interface ViewStyle {
  readonly condstore: boolean;
  readonly qresync: boolean;
}

/**
 * A selected mailbox as one client knows it: which message has which sequence number, and what it has not been
 * told yet. It changes only when updates are written.
 */
export class View {
  readonly mailbox: Mailbox;
  readonly readOnly: boolean;
  /** `\Recent` for this session. */
  readonly #recentFrom: number;
  readonly #off: () => void;
  #uids: number[];
  /** The client can know no UID from here on. */
  #uidnext: number;
  #flagged = new Set<number>();
  #gone = UidSet.empty;
  /** Called when there is something to tell (IDLE). */
  onNews: () => void = () => {};

  constructor(mailbox: Mailbox, readOnly: boolean) {
    this.mailbox = mailbox;
    this.readOnly = readOnly;
    this.#recentFrom = readOnly ? mailbox.recentFrom : mailbox.claimRecent();
    this.#uids = mailbox.messages.map(({ uid }) => uid);
    this.#uidnext = mailbox.uidnext;
    this.#off = mailbox.onChange((change) => this.#note(change));
  }

  get exists(): number {
    return this.#uids.length;
  }

  get uidnext(): number {
    return this.#uidnext;
  }

  get recent(): number {
    return this.#uids.length - this.#position(this.#recentFrom);
  }

  close(): void {
    this.#off();
  }

  /** Message sequence number of a UID that this client knows; undefined for others. */
  numberOf(uid: number): number | undefined {
    const at = this.#position(uid);
    return this.#uids[at] === uid ? at + 1 : undefined;
  }

  uidOf(number: number): number | undefined {
    return this.#uids[number - 1];
  }

  /** The UIDs that a sequence set names: of UIDs those that the client can know, of numbers all or a Refusal. */
  resolve(text: string, byUid: boolean): UidSet {
    if (byUid) return this.#resolveUids(text);
    // Nothing is wrong with asking an empty mailbox for everything.
    if (this.exists === 0 && text.includes('*')) return UidSet.empty;
    const numbers = parseSequenceSet(text, this.exists, 'client-confused');
    if (numbers.isEmpty || numbers.last > this.exists) throw bad('there is no message with that number');
    return UidSet.of(this.#uidsAt(numbers));
  }

  isRecent(uid: number): boolean {
    return uid >= this.#recentFrom;
  }

  flagsOf(message: StoredMessage): readonly string[] {
    return this.isRecent(message.uid) ? [...message.flags, '\\Recent'] : message.flags;
  }

  /** These messages were told in another way: no FETCH for them is owed. */
  told(uids: UidSet): void {
    for (const uid of this.#flagged) if (uids.has(uid)) this.#flagged.delete(uid);
  }

  get hasNews(): boolean {
    return this.#flagged.size > 0 || !this.#gone.isEmpty || this.mailbox.uidnext > this.#uidnext;
  }

  /**
   * The untagged responses that are owed; the view moves on. EXPUNGE and VANISHED only where RFC 3501 7.4.1
   * allows them.
   */
  *updates(style: ViewStyle, mayExpunge: boolean): Iterable<string> {
    if (mayExpunge) yield* this.#tellExpunges(style);
    yield* this.#tellArrivals();
    const flagged = UidSet.of(this.#flagged);
    this.#flagged.clear();
    for (const message of this.mailbox.among(flagged)) yield* this.#tellFlags(message, style);
  }

  *#tellExpunges(style: ViewStyle): Iterable<string> {
    const gone = this.#gone;
    if (gone.isEmpty) return;
    this.#gone = UidSet.empty;
    const known = UidSet.of(this.#uidsIn(gone));
    if (style.qresync && !known.isEmpty) yield `* VANISHED ${known}`;
    if (!style.qresync) {
      const numbers = [...known].map((uid) => this.numberOf(uid) ?? 0).reverse();
      for (const number of numbers) yield `* ${number} EXPUNGE`;
    }
    this.#uids = this.#uids.filter((uid) => !gone.has(uid));
  }

  *#tellArrivals(): Iterable<string> {
    if (this.mailbox.uidnext === this.#uidnext) return;
    const from = this.#uidnext;
    this.#uidnext = this.mailbox.uidnext;
    const before = this.#uids.length;
    for (const { uid } of this.mailbox.among(UidSet.range(from, this.#uidnext - 1))) this.#uids.push(uid);
    if (this.#uids.length === before) return;
    if (!this.readOnly) this.mailbox.claimRecent();
    yield `* ${this.exists} EXISTS`;
    yield `* ${this.recent} RECENT`;
  }

  *#tellFlags(message: StoredMessage, style: ViewStyle): Iterable<string> {
    const number = this.numberOf(message.uid);
    if (number === undefined) return;
    const uid = style.qresync ? `UID ${message.uid} ` : '';
    const modseq = style.condstore ? ` MODSEQ (${message.modseq})` : '';
    yield `* ${number} FETCH (${uid}FLAGS ${flagList(this.flagsOf(message))}${modseq})`;
  }

  #note(change: MailboxChange): void {
    if (change.kind === 'flags' && change.origin !== this) {
      for (const uid of change.uids) this.#flagged.add(uid);
    } else if (change.kind === 'expunged') this.#gone = this.#gone.union(change.uids);
    this.onNews();
  }

  #resolveUids(text: string): UidSet {
    const largest = this.#uids.at(-1) ?? 0;
    if (largest === 0) return UidSet.empty;
    return parseSequenceSet(text, largest, 'client-confused').intersect(UidSet.range(1, this.#uidnext - 1));
  }

  *#uidsAt(numbers: UidSet): Iterable<number> {
    for (const number of numbers) yield this.#uids[number - 1] as number;
  }

  /** Known UIDs in the set, ascending. */
  *#uidsIn(set: UidSet): Iterable<number> {
    for (const [first, last] of set.ranges) {
      for (let at = this.#position(first); (this.#uids[at] ?? Number.POSITIVE_INFINITY) <= last; at += 1) {
        yield this.#uids[at] as number;
      }
    }
  }

  #position(uid: number): number {
    let low = 0;
    let high = this.#uids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#uids[middle] as number) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
