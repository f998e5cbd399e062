import type { AnnotatedMailbox, AnnotatedMailboxes } from '../../src/server/annotated-mailboxes.ts';
import { readAnnotations } from '../../src/server/annotations.ts';

/** One user's INBOX with its annotations, as a server with METADATA keeps them. */
export class MemoryAnnotations implements AnnotatedMailboxes {
  readonly entries = new Map<string, string>();
  /** Called before a write is done; throw in it to break the connection. */
  beforeWrite: () => void = () => {};
  readonly #listeners = new Set<(mailbox: AnnotatedMailbox) => void>();

  constructor(entries: Readonly<Record<string, string>>) {
    for (const [entry, value] of Object.entries(entries)) this.entries.set(entry, value);
  }

  /** What a user does with SETMETADATA. */
  set(entry: string, value: string): void {
    this.entries.set(entry, value);
    this.#tell();
  }

  known(): readonly AnnotatedMailbox[] {
    return [{ user: 'ada', mailbox: 'INBOX', annotations: readAnnotations(this.entries).annotations }];
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    return new Map(this.entries);
  }

  async write(_user: string, _mailbox: string, entries: ReadonlyMap<string, string | null>): Promise<void> {
    this.beforeWrite();
    for (const [entry, value] of entries) {
      if (value === null) this.entries.delete(entry);
      else this.entries.set(entry, value);
    }
    this.#tell();
  }

  onChanged(listener: (mailbox: AnnotatedMailbox) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) for (const mailbox of this.known()) listener(mailbox);
  }
}
