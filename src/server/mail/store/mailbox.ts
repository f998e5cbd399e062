import type { Clock } from '../../../base/clock.ts';
import { codeOf } from '../../../base/errors.ts';
import type { Files } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import { Mutex } from '../../../base/mutex.ts';
import type { Maildir } from '../../../mail/maildir/maildir.ts';
import { UidSet } from '../../../mail/uid-set.ts';
import { ENTRIES } from '../../annotations.ts';
import { MailServerError } from '../errors.ts';
import { Listeners, type MailboxChange } from './changes.ts';
import { DirectoryLook } from './directory-look.ts';
import { type FlagChange, groupByResult } from './flag-change.ts';
import type { Journal } from './journal.ts';
import { MessageFiles } from './message-files.ts';
import { type NewMessage, renameAll, storeAll } from './message-writer.ts';
import type { Metadata } from './metadata.ts';
import type { JournalRecord, StoredMessage } from './records.ts';

export interface MailboxParts {
  readonly user: string;
  readonly name: string;
  readonly maildir: Maildir;
  readonly journal: Journal;
  readonly metadata: Metadata;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** One mailbox of a user: a Maildir and its index. Changes run one after another and are on the disk when they resolve. */
export class Mailbox {
  readonly #parts: MailboxParts;
  readonly #turn = new Mutex();
  readonly #files: MessageFiles;
  readonly #listeners = new Listeners<MailboxChange>();
  readonly #look: DirectoryLook;
  #name: string;
  #closed = false;
  /** Messages from this UID on have not been shown to any session as `\Recent`. */
  #recentFrom: number;

  private constructor(parts: MailboxParts) {
    this.#parts = parts;
    this.#name = parts.name;
    this.#files = new MessageFiles(parts.maildir);
    this.#look = new DirectoryLook({ ...parts, files: this.#files, directory: parts.files });
    this.#recentFrom = parts.journal.state.uidnext;
  }

  /** Opens it and brings the index in line with the directory; `watch` sees what that changes. */
  static async open(parts: MailboxParts, watch: (mailbox: Mailbox) => void): Promise<Mailbox> {
    const mailbox = new Mailbox(parts);
    watch(mailbox);
    await mailbox.look();
    return mailbox;
  }

  get user(): string {
    return this.#parts.user;
  }

  get name(): string {
    return this.#name;
  }

  get uidvalidity(): number {
    return this.#parts.journal.header.uidvalidity;
  }

  get uidnext(): number {
    return this.#state.uidnext;
  }

  get highestModseq(): number {
    return this.#state.modseq;
  }

  /** The remote device id that this mailbox carries (R2): an annotation of it. */
  get device(): string | undefined {
    return this.#parts.metadata.get(ENTRIES.device);
  }

  /** Sorted by UID. A new array is made at some changes: do not keep it across an await. */
  get messages(): readonly StoredMessage[] {
    return this.#state.messages;
  }

  get(uid: number): StoredMessage | undefined {
    return this.#state.get(uid);
  }

  /** Those of these UIDs that exist, ascending. */
  *among(uids: UidSet): Iterable<StoredMessage> {
    for (const at of this.#state.positions(uids)) yield this.#state.messages[at] as StoredMessage;
  }

  vanishedSince(modseq: number | bigint, known?: UidSet): UidSet {
    return this.#state.vanishedSince(modseq, known);
  }

  uids(): UidSet {
    return this.#state.uids();
  }

  /** Gives the messages from the returned UID on to one session as `\Recent` (RFC 3501 2.3.2). */
  claimRecent(): number {
    const from = this.#recentFrom;
    this.#recentFrom = this.uidnext;
    return from;
  }

  get recentFrom(): number {
    return this.#recentFrom;
  }

  /** Calls the listener, synchronously, after each change; returns what takes it off. */
  onChange(listener: (change: MailboxChange) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** The bytes of a message as they came in. Throws MailError `message-gone`. */
  async *read(message: StoredMessage): AsyncIterable<Uint8Array> {
    let begun = false;
    try {
      for await (const chunk of this.#parts.maildir.read(this.#files.entry(message))) {
        begun = true;
        yield chunk;
      }
    } catch (error) {
      const now = this.get(message.uid);
      if (begun || codeOf(error) !== 'ENOENT' || !now) throw error;
      // A flag change renamed the file between the look and the opening.
      yield* this.#parts.maildir.read(this.#files.entry(now));
    }
  }

  /** Stores all of these messages or none. They get ascending UIDs. */
  async add(messages: readonly NewMessage[], origin?: unknown): Promise<readonly StoredMessage[]> {
    return this.#locked(async () => {
      const stored = await storeAll(this.#writing, messages);
      this.#emit({ kind: 'added', messages: stored, origin });
      return stored;
    });
  }

  /** Changes flags; `modified` are those that UNCHANGEDSINCE kept from being changed (RFC 7162 3.1.3). */
  async setFlags(
    change: FlagChange,
    origin?: unknown,
  ): Promise<{ readonly changed: UidSet; readonly modified: UidSet }> {
    return this.#locked(async () => {
      const { groups, modified } = groupByResult(this.among(change.uids), change);
      await renameAll(this.#writing, groups);
      const modseq = this.highestModseq + 1;
      const records = groups.map(({ flags, messages }): JournalRecord => {
        return ['flags', modseq, uidsOf(messages), [...flags]];
      });
      await this.#parts.journal.commit(records);
      const changed = uidsOf(groups.flatMap(({ messages }) => messages));
      if (!changed.isEmpty) this.#emit({ kind: 'flags', uids: changed, origin });
      return { changed, modified };
    });
  }

  /** Removes those of these messages that exist (and, with `deletedOnly`, have `\Deleted`); tells which. */
  async expunge(uids: UidSet, options: { deletedOnly: boolean; origin?: unknown }): Promise<UidSet> {
    return this.#locked(async () => {
      const wanted = [...this.among(uids)].filter(
        (message) => !options.deletedOnly || message.flags.includes('\\Deleted'),
      );
      if (wanted.length === 0) return UidSet.empty;
      const batch = this.#parts.maildir.batch();
      for (const message of wanted) await batch.remove(this.#files.entry(message));
      await batch.commit();
      const gone = uidsOf(wanted);
      await this.#parts.journal.commit([['expunge', this.highestModseq + 1, gone]]);
      for (const uid of gone) this.#files.forget(uid);
      this.#emit({ kind: 'expunged', uids: gone, origin: options.origin });
      return gone;
    });
  }

  /** Reads the directory for what other programs did, if it changed. Without `force`, at most every 10 s. */
  async look(force = true): Promise<void> {
    if (!force && !this.#look.isDue) return;
    await this.#locked(async () => {
      for (const change of await this.#look.look()) this.#emit({ ...change, origin: undefined });
    });
  }

  /** The mailbox has another name now. */
  renamed(name: string): void {
    this.#name = name;
  }

  /** Waits for the change that is being made; later ones are refused. */
  async close(): Promise<void> {
    await this.#turn.run(async () => {
      this.#closed = true;
      await this.#parts.journal.close();
    });
  }

  #locked<T>(task: () => Promise<T>): Promise<T> {
    return this.#turn.run(async () => {
      if (!this.#closed) return task();
      throw new MailServerError(`Mailbox ${this.#name} of ${this.user} is not there any more`, {
        code: 'no-mailbox',
        fields: { mailbox: this.#name },
      });
    });
  }

  #emit(change: MailboxChange): void {
    this.#listeners.emit(change);
  }

  get #writing() {
    const { maildir, journal } = this.#parts;
    return { maildir, journal, files: this.#files };
  }

  get #state() {
    return this.#parts.journal.state;
  }
}

function uidsOf(messages: readonly StoredMessage[]): UidSet {
  return UidSet.of(messages.map(({ uid }) => uid));
}
