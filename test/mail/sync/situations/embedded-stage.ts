import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { silentLog } from '../../../../src/base/log.ts';
import { mailboxDirectory } from '../../../../src/mail/maildir/mailbox-path.ts';
import { UidSet } from '../../../../src/mail/uid-set.ts';
import { EXTENSIONS, type Extension } from '../../../../src/server/mail/imap/options.ts';
import { type MailServer, startMailServer } from '../../../../src/server/mail/mail-server.ts';
import type { Mailbox } from '../../../../src/server/mail/store/mailbox.ts';
import type { StoredMessage } from '../../../../src/server/mail/store/records.ts';
import { anna, makeCertificate } from '../../../support/mail-server.ts';
import { temporaryDirectory } from '../../../support/room.ts';
import { sessionsAt } from '../../../support/sessions-at.ts';
import { contentOf, dateOf, flagsOf, lettersOf, line, subjectOf } from './content.ts';
import { ImapStage } from './imap-stage.ts';
import { MAILBOXES, type Scene } from './scene.ts';

/** Extensions that the embedded server is to do without, by name. */
export const SWITCHED_OFF: Readonly<Record<string, readonly Extension[]>> = {
  'with all extensions': [],
  'without QRESYNC': ['QRESYNC'],
  'without CONDSTORE': ['QRESYNC', 'CONDSTORE'],
  'without UIDPLUS': ['UIDPLUS'],
  'without COMPRESS': ['COMPRESS=DEFLATE'],
  'without MOVE': ['MOVE'],
  'without any': ['QRESYNC', 'CONDSTORE', 'UIDPLUS', 'COMPRESS=DEFLATE', 'MOVE', 'LITERAL+', 'SASL-IR'],
};

let certificate: ReturnType<typeof makeCertificate> | undefined;

/** The embedded server, our IMAP session over TLS, and a copy on the disk; it ends with the test. */
export async function embeddedStage(without: readonly Extension[] = []): Promise<ImapStage> {
  const directory = await temporaryDirectory();
  const server = new EmbeddedServer(join(directory, 'server'), without);
  onTestFinished(() => server.stop());
  return stageAt(server, directory);
}

/** Starts the server and sets its mailboxes up. The copy is in `directory`, as `mail`. */
export async function stageAt(server: EmbeddedServer, directory: string): Promise<ImapStage> {
  await server.start();
  for (const mailbox of MAILBOXES.slice(1)) await (await server.account()).create(mailbox);
  // A server that is started again has another port.
  const account = { ...(await server.access()), port: 1 };
  const open = sessionsAt(account, join(directory, 'profile.json'), () => server.port);
  return new ImapStage({ there: embeddedSide(server), open, root: join(directory, 'mail') });
}

/** One user's server, which can be stopped and started again. */
export class EmbeddedServer {
  readonly root: string;
  readonly #without: readonly Extension[];
  #server: MailServer | undefined;

  constructor(root: string, without: readonly Extension[] = []) {
    this.root = root;
    this.#without = without;
  }

  get port(): number {
    return this.#server?.imapPort ?? 0;
  }

  async start(): Promise<void> {
    certificate ??= makeCertificate();
    this.#server = await startMailServer({
      root: this.root,
      users: [anna],
      host: '127.0.0.1',
      smtp: { port: 0 },
      imap: { port: 0, extensions: EXTENSIONS.filter((one) => !this.#without.includes(one)) },
      tls: await certificate,
      clock: systemClock,
      log: silentLog,
    });
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** How to log in. */
  async access() {
    certificate ??= makeCertificate();
    const tls = { mode: 'implicit', ca: (await certificate).cert, servername: 'localhost' } as const;
    return { host: '127.0.0.1', port: this.port, user: anna.name, password: anna.password, tls };
  }

  async account() {
    if (!this.#server) throw new Error('not started');
    return this.#server.store.account(anna.name);
  }

  async mailbox(name: string): Promise<Mailbox> {
    return (await this.account()).mailbox(name);
  }

  /** As when its index was lost. */
  async renumber(mailbox: string): Promise<void> {
    await this.stop();
    const directory = mailboxDirectory(join(this.root, anna.name), mailbox);
    const index = (await readdir(directory)).filter((name) => /^ringpost-(index|journal)/.test(name));
    for (const name of index) await rm(join(directory, name));
    await this.start();
    if (mailbox !== 'INBOX') await (await this.account()).create(mailbox);
  }
}

/** Other clients, who need no protocol. */
export function embeddedSide(server: EmbeddedServer): Scene['there'] {
  const find = async (mailbox: string, name: string) => {
    const opened = await server.mailbox(mailbox);
    for (const message of opened.messages) {
      if (subjectOf(await textOf(opened, message)) === subjectOf(contentOf(name))) return { opened, message };
    }
    throw new Error(`${name} is not in ${mailbox} there`);
  };
  const remove = async (mailbox: string, name: string) => {
    const { opened, message } = await find(mailbox, name);
    await opened.expunge(UidSet.of([message.uid]), { deletedOnly: false });
  };
  const copy = async (mailbox: string, name: string, to: string) => {
    const { opened, message } = await find(mailbox, name);
    const { flags, internalDate } = message;
    await (await server.mailbox(to)).add([{ flags, internalDate, read: () => opened.read(message) }]);
  };
  return {
    async add(mailbox, name, text) {
      const read = async function* () {
        yield Buffer.from(contentOf(name), 'latin1');
      };
      await (await server.mailbox(mailbox)).add([{ flags: named(text), internalDate: dateOf(name), read }]);
    },
    async setFlags(mailbox, name, set, clear) {
      const { opened, message } = await find(mailbox, name);
      const uids = UidSet.of([message.uid]);
      if (set) await opened.setFlags({ uids, mode: 'add', flags: named(set) });
      if (clear) await opened.setFlags({ uids, mode: 'remove', flags: named(clear) });
    },
    remove,
    copy,
    async move(mailbox, name, to) {
      await copy(mailbox, name, to);
      await remove(mailbox, name);
    },
    renumber: (mailbox) => server.renumber(mailbox),
    lines: async () => (await Promise.all(MAILBOXES.map((name) => linesOf(server, name)))).flat().sort(),
  };
}

async function linesOf(server: EmbeddedServer, mailbox: string): Promise<string[]> {
  const opened = await server.mailbox(mailbox);
  const lines: string[] = [];
  for (const message of [...opened.messages]) {
    const text = await textOf(opened, message);
    lines.push(line(mailbox, text, lettersOf(message.flags), message.internalDate));
  }
  return lines;
}

function named(text: string): string[] {
  const [letters = '', ...keywords] = text.split('+');
  return [...flagsOf(letters), ...keywords];
}

async function textOf(mailbox: Mailbox, message: StoredMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of mailbox.read(message)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
