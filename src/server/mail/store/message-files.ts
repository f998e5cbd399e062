import type { Maildir } from '../../../mail/maildir/maildir.ts';
import { type Entry, formatName, parseName, sortFlags } from '../../../mail/maildir/name.ts';
import { foreignLetters, toLetters } from './flags.ts';
import type { StoredMessage } from './records.ts';

/**
 * Which file a message is in. Almost always the name follows from base name and flags; only the others are
 * remembered, so that 100,000 messages need no name each.
 */
export class MessageFiles {
  readonly maildir: Maildir;
  /** In `new`, with the base name as name. */
  readonly #fresh = new Set<number>();
  /** With letters that stand for no flag of ours. */
  readonly #odd = new Map<number, Entry>();

  constructor(maildir: Maildir) {
    this.maildir = maildir;
  }

  entry(message: StoredMessage): Entry {
    const odd = this.#odd.get(message.uid);
    if (odd) return odd;
    const folder = this.#fresh.has(message.uid) ? 'new' : 'cur';
    return parseName(
      formatName(message.base, folder, folder === 'new' ? '' : toLetters(message.flags)),
      folder,
    );
  }

  /** The letters that the file shall have for these flags; foreign ones stay. */
  lettersFor(message: StoredMessage, flags: readonly string[]): string {
    return sortFlags(toLetters(flags) + foreignLetters(this.#odd.get(message.uid)?.flags ?? ''));
  }

  /** Remembers where the message is now. */
  note(message: StoredMessage, entry: Entry): void {
    this.forget(message.uid);
    if (entry.folder === 'new' && entry.name === entry.base) this.#fresh.add(message.uid);
    if (this.entry(message).name !== entry.name) this.#odd.set(message.uid, entry);
  }

  forget(uid: number): void {
    this.#fresh.delete(uid);
    this.#odd.delete(uid);
  }
}
