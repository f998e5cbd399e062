import type { Offers } from '../../../../src/mail/session.ts';
import type { MemoryServer, MemoryServerOptions } from '../../../support/memory-server.ts';
import { ROOT, SyncRoom } from '../sync-room.ts';
import { contentOf, dateOf, flagsOf, lettersOf, line, subjectOf } from './content.ts';
import { deviceSide } from './device-side.ts';
import { MAILBOXES, type Scene } from './scene.ts';

/** Server and disk in memory; what both hold can be kept and brought back. */
export class MemoryStage implements Scene {
  readonly room = new SyncRoom();
  readonly here: Scene['here'];
  readonly there: Scene['there'];
  readonly #offers: Partial<Offers>;

  constructor(offers: Partial<Offers> = {}) {
    this.#offers = offers;
    for (const name of MAILBOXES) this.room.server.mailbox(name);
    this.serve();
    this.here = deviceSide(() => ({ root: ROOT, files: this.room.files }));
    this.there = serverSide(this.room.server);
  }

  /** How the server behaves from now on. */
  serve(options: MemoryServerOptions = {}): void {
    this.room.server.options = { offers: this.#offers, ...options };
  }

  async sync(
    mailboxes: readonly string[] = ['INBOX'],
    acceptDeletions: readonly string[] = [],
  ): Promise<string[]> {
    const targets = mailboxes.map((mailbox) => ({ mailbox }));
    const options = { targets, mailboxes: MAILBOXES, acceptDeletions };
    const { mailboxes: results } = await this.room.sync(options);
    return results.map(({ result }) => result);
  }

  async dyingSync(change: number): Promise<void> {
    this.room.files.settle();
    this.room.files.cutAt = change;
    await this.sync(MAILBOXES);
    this.room.files.settle();
  }

  /** What is now, on both sides, all of it on the disk; the result brings it back. */
  keep(): () => void {
    const { room } = this;
    room.files.settle();
    const { files } = room;
    const restore = [...room.server.mailboxes.values()].map((mailbox) => mailbox.snapshot());
    room.files = files.clone();
    return () => {
      for (const one of restore) one();
      room.files = files.clone();
      room.server.forgetLog();
    };
  }
}

function serverSide(server: MemoryServer): Scene['there'] {
  const find = (mailbox: string, name: string) => {
    const all = server.mailbox(mailbox).messages;
    const found = all.find((one) => subjectOf(one.content.toString('latin1')) === subjectOf(contentOf(name)));
    if (!found) throw new Error(`${name} is not in ${mailbox} there`);
    return found;
  };
  const flags = (text: string) => {
    const [letters = '', ...keywords] = text.split('+');
    return [...flagsOf(letters), ...keywords];
  };
  const copy = async (mailbox: string, name: string, to: string) => {
    const { content, flags: had, internalDate } = find(mailbox, name);
    server.mailbox(to).add(content, [...had], internalDate);
  };
  const remove = async (mailbox: string, name: string) =>
    server.mailbox(mailbox).expunge(find(mailbox, name).uid);
  return {
    add: async (mailbox, name, text) => {
      server.mailbox(mailbox).add(Buffer.from(contentOf(name), 'latin1'), flags(text), dateOf(name));
    },
    setFlags: async (mailbox, name, set, clear) => {
      server.mailbox(mailbox).change(find(mailbox, name).uid, { set: flags(set), clear: flags(clear) });
    },
    remove,
    copy,
    async move(mailbox, name, to) {
      await copy(mailbox, name, to);
      await remove(mailbox, name);
    },
    renumber: async (mailbox) => server.mailbox(mailbox).renumber(server.mailbox(mailbox).uidvalidity + 1, 3),
    lines: async () =>
      MAILBOXES.flatMap((mailbox) =>
        server
          .mailbox(mailbox)
          .messages.map(({ content, flags: had, internalDate }) =>
            line(mailbox, content.toString('latin1'), lettersOf(had), internalDate),
          ),
      ).sort(),
  };
}
