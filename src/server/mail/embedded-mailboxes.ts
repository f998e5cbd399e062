import { RingpostError } from '../../base/errors.ts';
import type { AnnotatedMailbox, AnnotatedMailboxes } from '../annotated-mailboxes.ts';
import { ENTRIES, readAnnotations } from '../annotations.ts';
import { annotate } from './annotate.ts';
import type { MailStore } from './store/mail-store.ts';
import type { Metadata } from './store/metadata.ts';
import type { MailUser, Users } from './users.ts';

const OURS: readonly string[] = Object.values(ENTRIES);

/** The mailboxes of the embedded mail server, with what is written at them: changes are told as they happen. */
export class EmbeddedMailboxes implements AnnotatedMailboxes {
  readonly #store: MailStore;
  readonly #users: Users;
  readonly #known = new Map<string, AnnotatedMailbox>();

  private constructor(store: MailStore, users: Users) {
    this.#store = store;
    this.#users = users;
    store.onAnnotated(({ user, mailbox, names }) => {
      if (mailbox === '' || !names.some((name) => OURS.includes(name))) return;
      this.#note(user, mailbox).catch(() => {});
    });
  }

  /** Reads what is written at all mailboxes of these users. */
  static async open(store: MailStore, users: Users): Promise<EmbeddedMailboxes> {
    const all = new EmbeddedMailboxes(store, users);
    for (const { name } of users.all) {
      const account = await store.account(name);
      for (const mailbox of await account.names()) {
        if (ourEntries(await account.metadata(mailbox)).size > 0) await all.#note(name, mailbox);
      }
    }
    return all;
  }

  known(): readonly AnnotatedMailbox[] {
    return [...this.#known.values()];
  }

  async read(user: string, mailbox: string): Promise<ReadonlyMap<string, string>> {
    return ourEntries(await (await this.#account(user)).metadata(mailbox));
  }

  async write(user: string, mailbox: string, entries: ReadonlyMap<string, string | null>): Promise<void> {
    const owner = this.#user(user);
    const owns = (device: string) => this.#users.owns(owner, device);
    await annotate(await this.#account(user), owns, mailbox, entries);
  }

  onChanged(listener: (mailbox: AnnotatedMailbox) => void): () => void {
    return this.#store.onAnnotated(({ user, mailbox, names }) => {
      if (mailbox === '' || !names.some((name) => OURS.includes(name))) return;
      this.#note(user, mailbox).then(listener, () => {});
    });
  }

  async #note(user: string, mailbox: string): Promise<AnnotatedMailbox> {
    const { annotations } = readAnnotations(await this.read(user, mailbox));
    const found = { user, mailbox, annotations };
    this.#known.set(JSON.stringify([user, mailbox]), found);
    return found;
  }

  #account(user: string) {
    return this.#store.account(this.#user(user).name);
  }

  #user(name: string): MailUser {
    const user = this.#users.all.find((other) => other.name === name);
    if (user) return user;
    throw new RingpostError(`The mail server has no user ${name}`, { code: 'unknown-mailbox' });
  }
}

function ourEntries(metadata: Metadata): Map<string, string> {
  return new Map(
    OURS.flatMap((entry) => {
      const value = metadata.get(entry);
      return value === undefined ? [] : [[entry, value] as const];
    }),
  );
}
