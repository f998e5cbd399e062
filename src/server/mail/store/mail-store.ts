import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { type Files, nodeFiles } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import { Account } from './account.ts';
import { Listeners } from './changes.ts';
import type { Mailbox } from './mailbox.ts';
import type { StoredMessage } from './records.ts';
import { Spool } from './spool.ts';

export interface StoreOptions {
  /** Each user has a directory here. One process at a time. */
  readonly root: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly files: Files;
  /** Mailboxes that a new account begins with, beside INBOX. */
  readonly newAccounts: readonly string[];
}

/** Entries of a mailbox changed, by whomever. */
export interface AnnotatedEvent {
  readonly user: string;
  readonly mailbox: string;
  readonly names: readonly string[];
}

/** Where a mailbox stands after messages were stored in it. */
export interface StoredEvent {
  readonly user: string;
  readonly mailbox: string;
  /** The remote device id that the mailbox carries, if any. */
  readonly device: string | undefined;
  readonly uidvalidity: number;
  readonly uidnext: number;
  /** Messages that were stored now, and their bytes. */
  readonly count: number;
  readonly size: number;
  /**
   * `delivery`: SMTP or `deliver`. `append`: a client put them there (APPEND, COPY, MOVE), which may be the
   * device itself. `found`: another program put files into the Maildir.
   */
  readonly via: 'delivery' | 'append' | 'found';
}

/** How a message is to be stored. */
export interface DeliveryOptions {
  readonly flags?: readonly string[];
  /** Milliseconds since 1970; default now. */
  readonly internalDate?: number;
}

/** Origins that the store itself hands to `Mailbox.add`. */
const DELIVERY = Symbol('delivery');

/** The mail of all users. Everything that resolved is on the disk. */
export class MailStore implements AsyncDisposable {
  readonly #options: StoreOptions;
  readonly #accounts = new Map<string, Promise<Account>>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  readonly #annotated = new Listeners<AnnotatedEvent>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  account(user: string): Promise<Account> {
    const known = this.#accounts.get(user);
    if (known) return known;
    const opening = Account.open(this.#options, user, {
      opened: (mailbox) => this.#watch(mailbox),
      annotated: (mailbox, names) => this.#annotated.emit({ user, mailbox, names }),
    });
    this.#accounts.set(user, opening);
    opening.catch(() => this.#accounts.delete(user));
    return opening;
  }

  async mailbox(user: string, mailbox: string): Promise<Mailbox> {
    return (await this.account(user)).mailbox(mailbox);
  }

  /** A place for a message while it comes in; dispose of it. */
  spool(): Spool {
    return new Spool(this.#options.files, join(this.#options.root, SPOOL_NAME));
  }

  /** Stores a message; it is on the disk when this resolves. */
  async deliver(
    user: string,
    mailbox: string,
    chunks: AsyncIterable<Uint8Array>,
    options: DeliveryOptions = {},
  ): Promise<StoredMessage> {
    await using spool = this.spool();
    for await (const chunk of chunks) await spool.write(chunk);
    await spool.end();
    return await this.deliverFrom(user, mailbox, () => spool.read(), options);
  }

  /** The same for a message that is here already and can be read without waiting for anybody. */
  async deliverFrom(
    user: string,
    mailbox: string,
    read: () => AsyncIterable<Uint8Array>,
    { flags = [], internalDate = this.#options.clock.now() }: DeliveryOptions = {},
  ): Promise<StoredMessage> {
    const target = await this.mailbox(user, mailbox);
    const [stored] = await target.add([{ read, flags, internalDate }], DELIVERY);
    return stored as StoredMessage;
  }

  /** Calls the listener after messages were stored; returns what takes it off. What it throws is logged. */
  onStored(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls the listener, synchronously, after entries of a mailbox changed; returns what takes it off. */
  onAnnotated(listener: (event: AnnotatedEvent) => void): () => void {
    return this.#annotated.add(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const account of this.#accounts.values()) {
      await account.then(
        (opened) => opened.close(),
        () => {},
      );
    }
    this.#accounts.clear();
  }

  #watch(mailbox: Mailbox): void {
    mailbox.onChange((change) => {
      if (change.kind !== 'added' || change.messages.length === 0) return;
      const { user, name, device, uidvalidity, uidnext } = mailbox;
      const size = change.messages.reduce((sum, message) => sum + message.size, 0);
      const via = change.origin === DELIVERY ? 'delivery' : change.origin === undefined ? 'found' : 'append';
      const count = change.messages.length;
      this.#tell({ user, mailbox: name, device, uidvalidity, uidnext, count, size, via });
    });
  }

  #tell(event: StoredEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#options.log.error({ err: error, mailbox: event.mailbox }, 'A listener for stored mail failed');
      }
    }
  }
}

/** Beside the users' directories, whose names never begin with a dot. */
const SPOOL_NAME = '.spool';

/** Opens the store and clears what a crash left of messages that were coming in. */
export async function openMailStore(
  options: Omit<StoreOptions, 'files' | 'newAccounts'> & {
    readonly files?: Files;
    readonly newAccounts?: readonly string[];
  },
): Promise<MailStore> {
  const files = options.files ?? nodeFiles;
  const spool = join(options.root, SPOOL_NAME);
  await files.makeDirectory(spool);
  for (const name of await files.list(spool)) await files.unlink(join(spool, name));
  return new MailStore({ newAccounts: [], ...options, files });
}
