import { LETTER_FLAGS, letterOf, lettersOf } from '../../../../src/mail/sync/flags.ts';
import type { MemoryMailbox, Stored } from '../../../support/memory-mailbox.ts';
import type { MemoryServer } from '../../../support/memory-server.ts';
import { contentOf, dateOf, flagText, lineFor, nameIn, parseMessages } from './contents.ts';
import type { ServerSide } from './scene.ts';

/** `FS+work` as IMAP has it. */
export function imapFlags({ letters, keywords }: { letters: string; keywords: readonly string[] }): string[] {
  return [...LETTER_FLAGS.filter((flag) => letters.includes(letterOf(flag) ?? '-')), ...keywords];
}

/** The same, read from what the server says. */
export function flagTextOf(flags: readonly string[]): string {
  const keywords = flags.filter((flag) => letterOf(flag) === undefined);
  return flagText(lettersOf(flags), keywords);
}

/** Other clients of a server in memory. */
export class MemorySide implements ServerSide {
  readonly #server: MemoryServer;

  constructor(server: MemoryServer) {
    this.#server = server;
  }

  async add(messages: string, mailbox = 'INBOX'): Promise<void> {
    for (const one of parseMessages(messages)) {
      this.#server.mailbox(mailbox).add(contentOf(one.name), imapFlags(one), dateOf(one.name));
    }
  }

  async mark(name: string, flags: string, mailbox = 'INBOX'): Promise<void> {
    const [said] = parseMessages(`${name}:${flags}`);
    const { uid } = this.#find(name, mailbox);
    if (said) this.#server.mailbox(mailbox).setFlags(uid, imapFlags(said));
  }

  async expunge(names: string, mailbox = 'INBOX'): Promise<void> {
    for (const { name } of parseMessages(names)) this.#expunge(this.#find(name, mailbox), mailbox);
  }

  async move(name: string, from: string, to: string): Promise<void> {
    const message = this.#find(name, from);
    const { content, flags, internalDate } = message;
    this.#server.mailbox(to).add(content, [...flags], internalDate);
    this.#expunge(message, from);
  }

  async renumber(mailbox: string): Promise<void> {
    const renumbered: MemoryMailbox = this.#server.mailbox(mailbox);
    renumbered.renumber(renumbered.uidvalidity + 1, 3);
  }

  async list(mailbox: string): Promise<string[]> {
    const lines = this.#server
      .mailbox(mailbox)
      .messages.map(({ content, flags, internalDate }) =>
        lineFor(nameIn(content), flagTextOf(flags), internalDate, content),
      );
    return lines.sort();
  }

  #expunge({ uid }: Stored, mailbox: string): void {
    this.#server.mailbox(mailbox).expunge(uid);
  }

  #find(name: string, mailbox: string): Stored {
    const found = this.#server.mailbox(mailbox).messages.find((one) => nameIn(one.content) === name);
    if (!found) throw new Error(`no message ${name} in ${mailbox} at the server`);
    return found;
  }
}
