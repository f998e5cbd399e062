import { join } from 'node:path';
import type { Files } from '../../../base/files.ts';
import { Metadata } from './metadata.ts';
import { readUses, SPECIAL_USE_ENTRY, useByName } from './special-use.ts';

/** RFC 5464: the empty name stands for what is annotated at the server; here at the user's account. */
export const SERVER = '';

export interface AccountMetadataParts {
  readonly root: string;
  readonly files: Files;
  directoryOf(mailbox: string): string;
  /** Told the names of entries that changed. */
  onChange(mailbox: string, names: readonly string[]): void;
}

/** What is written at the mailboxes of one account; opened when it is asked for, without the mailbox. */
export class AccountMetadata {
  readonly #parts: AccountMetadataParts;
  readonly #open = new Map<string, Promise<Metadata>>();

  constructor(parts: AccountMetadataParts) {
    this.#parts = parts;
  }

  of(mailbox: string): Promise<Metadata> {
    const known = this.#open.get(mailbox);
    if (known) return known;
    const opening = this.#openNow(mailbox);
    this.#open.set(mailbox, opening);
    opening.catch(() => this.#open.delete(mailbox));
    return opening;
  }

  /** The mailbox has gone or has another name; what is written at it lies in its directory. */
  forget(mailbox: string): void {
    this.#open.delete(mailbox);
  }

  /** Special uses as they are stored (RFC 6154 4). */
  async usesOf(mailbox: string): Promise<readonly string[]> {
    return readUses((await this.of(mailbox)).get(SPECIAL_USE_ENTRY) ?? '') ?? [];
  }

  async storeUses(mailbox: string, uses: readonly string[]): Promise<void> {
    if (uses.length === 0) return;
    await (await this.of(mailbox)).set(new Map([[SPECIAL_USE_ENTRY, uses.join(' ')]]));
  }

  /** The use that goes with this name, unless one of these mailboxes has it already. */
  async useByName(name: string, mailboxes: readonly string[]): Promise<readonly string[]> {
    const use = useByName(name);
    if (use === undefined) return [];
    for (const other of mailboxes) if ((await this.usesOf(other)).includes(use)) return [];
    return [use];
  }

  /** For an account of the time when the name alone said it. */
  async storeUsesByName(mailboxes: readonly string[]): Promise<void> {
    for (const name of mailboxes) {
      if ((await this.usesOf(name)).length > 0) continue;
      await this.storeUses(name, await this.useByName(name, mailboxes));
    }
  }

  async #openNow(mailbox: string): Promise<Metadata> {
    const { root, files, directoryOf, onChange } = this.#parts;
    const path =
      mailbox === SERVER
        ? join(root, 'ringpost-account-metadata.json')
        : join(directoryOf(mailbox), 'ringpost-metadata.json');
    const metadata = await Metadata.open(path, files);
    metadata.onChange((names) => onChange(mailbox, names));
    return metadata;
  }
}
