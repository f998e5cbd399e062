import type { UidSet } from '../../../mail/uid-set.ts';
import type { StoredMessage } from './records.ts';

/** What happened in a mailbox. `origin` is whatever the one who did it handed in. */
export type MailboxChange = { readonly origin: unknown } & (
  | { readonly kind: 'added'; readonly messages: readonly StoredMessage[] }
  | { readonly kind: 'flags'; readonly uids: UidSet }
  | { readonly kind: 'expunged'; readonly uids: UidSet }
);

/** Those who want to know what happens; called synchronously, in the order in which they came. */
export class Listeners<T> {
  readonly #listeners = new Set<(news: T) => void>();

  /** Returns what takes it off. */
  add(listener: (news: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(news: T): void {
    for (const listener of [...this.#listeners]) listener(news);
  }
}
