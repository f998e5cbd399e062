import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Document, openDocument } from '../../../base/document.ts';
import { undefinedIfMissing } from '../../../base/durable.ts';
import { Mutex } from '../../../base/mutex.ts';
import { mailboxDirectory, mailboxName } from '../../../mail/maildir/mailbox-path.ts';
import { openMaildir } from '../../../mail/maildir/maildir.ts';
import { MAX_UID, UidSet } from '../../../mail/uid-set.ts';
import { ENTRIES } from '../../annotations.ts';
import { MailServerError } from '../errors.ts';
import { AccountMetadata } from './account-metadata.ts';
import { HEADER_NAME, Journal } from './journal.ts';
import type { StoreOptions } from './mail-store.ts';
import { Mailbox } from './mailbox.ts';
import type { Metadata } from './metadata.ts';
import {
  accountDirectory,
  badName,
  canonical,
  checkName,
  DELIMITER,
  levelsOf,
  mailboxExists,
  noMailbox,
} from './names.ts';

const accountSchema = z.object({
  /** Every mailbox that is made gets a higher one, so that a name never comes back with an old one. */
  lastUidvalidity: z.number().int().min(0).max(MAX_UID),
  subscribed: z.array(z.string()),
  /** Mailboxes that every account begins with are there, and uses are stored. */
  furnished: z.boolean().default(false),
});

type AccountData = z.infer<typeof accountSchema>;

/** Directories of mailboxes that were deleted, until they are empty. */
const TRASH = 'deleted-';

/** Who is told what happens in an account. */
export interface AccountWatcher {
  opened(mailbox: Mailbox): void;
  /** Entries by these names changed at the mailbox. */
  annotated(mailbox: string, names: readonly string[]): void;
}

/** The mailboxes of one user: INBOX in the user's directory, the others in Maildir++ directories below it. */
export class Account {
  readonly user: string;
  readonly #options: StoreOptions;
  readonly #root: string;
  readonly #document: Document<AccountData>;
  readonly #open = new Map<string, Promise<Mailbox>>();
  readonly #turn = new Mutex();
  readonly #watcher: AccountWatcher;
  readonly #metadata: AccountMetadata;

  private constructor(
    options: StoreOptions,
    user: string,
    document: Document<AccountData>,
    watcher: AccountWatcher,
  ) {
    this.user = user;
    this.#options = options;
    this.#root = accountDirectory(options.root, user);
    this.#document = document;
    this.#watcher = watcher;
    this.#metadata = new AccountMetadata({
      root: this.#root,
      files: options.files,
      directoryOf: (name) => this.#directory(name),
      onChange: (name, names) => watcher.annotated(name, names),
    });
  }

  static async open(options: StoreOptions, user: string, watcher: AccountWatcher): Promise<Account> {
    const root = accountDirectory(options.root, user);
    const document = await openDocument<AccountData>({
      path: join(root, 'ringpost-account.json'),
      schema: accountSchema,
      initial: { lastUidvalidity: 0, subscribed: ['INBOX'], furnished: false },
      files: options.files,
    });
    const account = new Account(options, user, document, watcher);
    await account.#sweep();
    if (!document.data.furnished) await account.#furnish(document.existed ? [] : options.newAccounts);
    return account;
  }

  get subscribed(): readonly string[] {
    return this.#document.data.subscribed;
  }

  /** Names of all mailboxes, sorted, INBOX first. */
  async names(): Promise<string[]> {
    const found: string[] = [];
    for (const directory of await this.#options.files.list(this.#root)) {
      const name = mailboxName(directory, DELIMITER);
      if (name !== undefined && (await this.#exists(name))) found.push(name);
    }
    return ['INBOX', ...found.sort()];
  }

  /** The mailbox; INBOX is made when it is not there. Throws MailServerError `no-mailbox`. */
  async mailbox(name: string): Promise<Mailbox> {
    const key = canonical(name);
    const known = this.#open.get(key);
    if (known) return known;
    return this.#turn.run(async () => {
      const opened = this.#open.get(key);
      if (opened) return opened;
      if (key !== 'INBOX' && !(await this.#exists(key))) throw noMailbox(name);
      return this.#remember(key, this.#openMailbox(key));
    });
  }

  /** What is written at a mailbox that exists, or with `SERVER` at the account. Throws `no-mailbox`. */
  async metadata(name: string): Promise<Metadata> {
    const key = canonical(name);
    if (key !== '' && key !== 'INBOX' && !(await this.#exists(key))) throw noMailbox(name);
    return this.#metadata.of(key);
  }

  /** What a mailbox that exists is for (RFC 6154). */
  usesOf(name: string): Promise<readonly string[]> {
    return this.#metadata.usesOf(canonical(name));
  }

  /**
   * Makes the mailbox, and those above it. Without `uses`, its name may tell what it is for, if no other mailbox
   * is for that. Throws `mailbox-exists`, `bad-mailbox-name`.
   */
  async create(name: string, uses?: readonly string[]): Promise<void> {
    const key = checkName(name);
    await this.#turn.run(async () => {
      if (key === 'INBOX' || (await this.#exists(key))) throw mailboxExists(name);
      for (const level of levelsOf(key)) {
        if (level === 'INBOX' || (await this.#exists(level))) continue;
        const told = level === key ? uses : undefined;
        const meant = told ?? (await this.#metadata.useByName(level, await this.names()));
        await this.#remember(level, this.#openMailbox(level));
        await this.#metadata.storeUses(level, meant);
      }
    });
  }

  /** Removes the mailbox with its mail. Throws `no-mailbox`, `has-children`, and `bad-mailbox-name` for INBOX. */
  async delete(name: string): Promise<void> {
    const key = canonical(name);
    if (key === 'INBOX') throw badName(name, 'INBOX stays');
    await this.#turn.run(async () => {
      if (!(await this.#exists(key))) throw noMailbox(name);
      if ((await this.#below(key)).length > 0) {
        throw new MailServerError(`Mailbox ${name} has mailboxes below it`, { code: 'has-children' });
      }
      await this.#close(key);
      const trash = join(this.#root, `${TRASH}${randomBytes(6).toString('hex')}`);
      await this.#options.files.rename(this.#directory(key), trash);
      await this.#options.files.syncDirectory(this.#root);
      await this.#sweep();
    });
  }

  /** Gives it and those below it another name; INBOX stays and gives its messages (RFC 3501 6.3.5). */
  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [canonical(from), checkName(to)];
    if (source === 'INBOX') return this.#emptyInboxInto(to);
    await this.#turn.run(async () => {
      if (!(await this.#exists(source))) throw noMailbox(from);
      if (target === 'INBOX' || (await this.#exists(target))) throw mailboxExists(to);
      if (target.startsWith(`${source}${DELIMITER}`)) throw badName(to, 'it would be inside itself');
      for (const name of [source, ...(await this.#below(source))]) {
        await this.#move(name, `${target}${name.slice(source.length)}`);
      }
      await this.#options.files.syncDirectory(this.#root);
    });
  }

  async subscribe(name: string): Promise<void> {
    const key = checkName(name);
    await this.#document.update((data) => {
      if (!data.subscribed.includes(key)) data.subscribed.push(key);
    });
  }

  async unsubscribe(name: string): Promise<void> {
    const key = canonical(name);
    await this.#document.update((data) => {
      data.subscribed = data.subscribed.filter((other) => other !== key);
    });
  }

  async close(): Promise<void> {
    for (const mailbox of this.#open.values()) {
      await mailbox.then(
        (opened) => opened.close(),
        () => {},
      );
    }
    this.#open.clear();
  }

  async #emptyInboxInto(to: string): Promise<void> {
    await this.create(to);
    const [inbox, target] = [await this.mailbox('INBOX'), await this.mailbox(to)];
    const all = [...inbox.messages];
    await target.add(all.map((message) => ({ ...message, read: () => inbox.read(message) })));
    await inbox.expunge(UidSet.of(all.map(({ uid }) => uid)), { deletedOnly: false });
  }

  async #move(from: string, to: string): Promise<void> {
    if (await this.#exists(to)) throw mailboxExists(to);
    await this.#options.files.rename(this.#directory(from), this.#directory(to));
    await this.#close(from);
    // One that rings is looked at also while nobody has it open.
    if ((await this.#metadata.of(to)).get(ENTRIES.device)) await this.#remember(to, this.#openMailbox(to));
  }

  /** Sessions that have it open are told that it is gone. */
  async #close(name: string): Promise<void> {
    const mailbox = await this.#open.get(name)?.catch(() => undefined);
    this.#open.delete(name);
    this.#metadata.forget(name);
    await mailbox?.close();
  }

  async #below(name: string): Promise<string[]> {
    return (await this.names()).filter((other) => other.startsWith(`${name}${DELIMITER}`));
  }

  async #remember(key: string, opening: Promise<Mailbox>): Promise<Mailbox> {
    this.#open.set(key, opening);
    opening.catch(() => this.#open.delete(key));
    return opening;
  }

  async #openMailbox(name: string): Promise<Mailbox> {
    const { files, clock, log } = this.#options;
    const maildir = await openMaildir(this.#directory(name), { files, clock, create: true });
    const fresh = !(await files.stat(join(maildir.path, HEADER_NAME)).catch(undefinedIfMissing));
    const initial = {
      uidvalidity: fresh ? await this.#nextUidvalidity() : 1,
      tag: randomBytes(5).toString('hex'),
      generation: 0,
    };
    const journal = await Journal.open({ directory: maildir.path, initial, files, log });
    const metadata = await this.#metadata.of(name);
    const parts = { user: this.user, name, maildir, journal, metadata, files, clock, log };
    return Mailbox.open(parts, (mailbox) => this.#watcher.opened(mailbox));
  }

  /** Once per account: the mailboxes that it begins with, and uses that went by the name alone before. */
  async #furnish(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.create(name);
      await this.subscribe(name);
    }
    await this.#metadata.storeUsesByName(await this.names());
    await this.#document.update((data) => {
      data.furnished = true;
    });
  }

  async #nextUidvalidity(): Promise<number> {
    const seconds = Math.floor(this.#options.clock.now() / 1000);
    await this.#document.update((data) => {
      data.lastUidvalidity = Math.min(MAX_UID, Math.max(1, seconds, data.lastUidvalidity + 1));
    });
    return this.#document.data.lastUidvalidity;
  }

  async #exists(name: string): Promise<boolean> {
    const found = await this.#options.files
      .stat(join(this.#directory(name), HEADER_NAME))
      .catch(undefinedIfMissing);
    return found !== undefined;
  }

  #directory(name: string): string {
    return mailboxDirectory(this.#root, name, DELIMITER);
  }

  async #sweep(): Promise<void> {
    for (const name of await this.#options.files.list(this.#root)) {
      if (name.startsWith(TRASH)) await rm(join(this.#root, name), { recursive: true, force: true });
    }
  }
}
