import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImapFlow } from 'imapflow';
import { imapClient } from '../../../support/copy-at-dovecot.ts';
import { accountOf, type Dovecot } from '../../../support/dovecot.ts';
import { temporaryDirectory } from '../../../support/room.ts';
import { sessionsAt } from '../../../support/sessions-at.ts';
import { contentOf, dateOf, flagsOf, lettersOf, line, subjectOf } from './content.ts';
import { ImapStage } from './imap-stage.ts';
import { MAILBOXES } from './scene.ts';

let users = 0;

/** A user of their own at a real Dovecot, changed by ImapFlow. `port`: where our sessions connect to, if not to Dovecot itself. */
export async function dovecotStage(dovecot: Dovecot, port = dovecot.imaps): Promise<ImapStage> {
  users += 1;
  const server = { ...dovecot, user: `user${process.pid}x${users}` };
  const client = await imapClient(server);
  for (const mailbox of MAILBOXES.slice(1)) await client.mailboxCreate(mailbox);
  const directory = await temporaryDirectory();
  const open = sessionsAt(accountOf(server, port), join(directory, 'profile.json'));
  const mail = join(dirname(server.maildir), server.user);
  return new ImapStage({ there: new DovecotSide(server, client, mail), open, root: join(directory, 'mail') });
}

/** What ImapFlow's types leave out. */
interface Executes {
  exec(verb: string, parts: readonly { type: string; value: string }[]): Promise<{ next(): void }>;
}

class DovecotSide {
  readonly #server: Dovecot;
  readonly #mail: string;
  #client: ImapFlow;

  /** `mail`: the directory of the user's mail. */
  constructor(server: Dovecot, client: ImapFlow, mail: string) {
    this.#server = server;
    this.#client = client;
    this.#mail = mail;
  }

  async add(mailbox: string, name: string, text: string): Promise<void> {
    const content = Buffer.from(contentOf(name), 'latin1');
    const added = await this.#client.append(mailbox, content, named(text), new Date(dateOf(name)));
    if (!added) throw new Error(`${name} was not appended to ${mailbox}`);
  }

  async setFlags(mailbox: string, name: string, set: string, clear: string): Promise<void> {
    const uid = await this.#find(mailbox, name);
    if (set) await this.#client.messageFlagsAdd(uid, named(set), { uid: true });
    if (clear) await this.#client.messageFlagsRemove(uid, named(clear), { uid: true });
  }

  /** By UID EXPUNGE, whatever Dovecot announces: others that are marked stay. */
  async remove(mailbox: string, name: string): Promise<void> {
    const uid = await this.#find(mailbox, name);
    await this.#client.messageFlagsAdd(uid, ['\\Deleted'], { uid: true });
    const { next } = await (this.#client as unknown as Executes).exec('UID EXPUNGE', [
      { type: 'SEQUENCE', value: uid },
    ]);
    next();
  }

  async move(mailbox: string, name: string, to: string): Promise<void> {
    await this.copy(mailbox, name, to);
    await this.remove(mailbox, name);
  }

  async copy(mailbox: string, name: string, to: string): Promise<void> {
    await this.#client.messageCopy(await this.#find(mailbox, name), to, { uid: true });
  }

  /** As when its index was lost. */
  async renumber(mailbox: string): Promise<void> {
    await this.#client.logout();
    const directory = mailbox === 'INBOX' ? this.#mail : join(this.#mail, `.${mailbox}`);
    const index = (await readdir(directory)).filter((name) => /^dovecot(-uidlist|\.index)/.test(name));
    for (const name of index) await rm(join(directory, name));
    this.#client = await imapClient(this.#server);
  }

  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const mailbox of MAILBOXES) {
      for (const { text, flags, date } of await this.#messages(mailbox)) {
        lines.push(line(mailbox, text, lettersOf(flags), date));
      }
    }
    return lines.sort();
  }

  async #find(mailbox: string, name: string): Promise<string> {
    const wanted = subjectOf(contentOf(name));
    const found = (await this.#messages(mailbox)).find(({ text }) => subjectOf(text) === wanted);
    if (!found) throw new Error(`${name} is not in ${mailbox} there`);
    return String(found.uid);
  }

  async #messages(mailbox: string) {
    await this.#client.mailboxOpen(mailbox);
    await this.#client.noop();
    const found: { uid: number; text: string; flags: string[]; date: number }[] = [];
    if (!this.#client.mailbox || this.#client.mailbox.exists === 0) return found;
    const query = { uid: true, flags: true, internalDate: true, source: true };
    for await (const { uid, flags, internalDate, source } of this.#client.fetch('1:*', query)) {
      const date = new Date(internalDate ?? 0).getTime();
      found.push({ uid, text: source?.toString('latin1') ?? '', flags: [...(flags ?? [])], date });
    }
    return found;
  }
}

/** Dovecot makes CRLF of bare line ends, so what is compared with the table is all but the content. */
export function withoutContent(text: string): string {
  return text.slice(0, text.lastIndexOf(' '));
}

function named(text: string): string[] {
  const [letters = '', ...keywords] = text.split('+');
  return [...flagsOf(letters), ...keywords];
}
