import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { MailboxResult } from '../../src/mail/sync/result.ts';
import { synchronise } from '../../src/mail/sync/synchronise.ts';
import { accountOf, type Dovecot } from './dovecot.ts';
import { sessionsAt } from './sessions-at.ts';

const MAILBOXES = ['INBOX', 'Archive', 'Drafts'];

/** A Dovecot with three mailboxes and some mail, and a device's copy of it. */
export class CopyAtDovecot {
  readonly server: Dovecot;
  /** Root of the copy. */
  readonly root: string;
  readonly #profilePath: string;

  constructor(server: Dovecot, directory: string, root = join(directory, 'mail')) {
    this.server = server;
    this.root = root;
    this.#profilePath = join(directory, 'profile.json');
  }

  /** Subjects become `Mail 1`, `Mail 2` ...; these flags go with them. */
  async fill(flags: readonly string[][]): Promise<void> {
    const client = await imapClient(this.server);
    for (const mailbox of MAILBOXES.slice(1)) await client.mailboxCreate(mailbox);
    for (const [index, some] of flags.entries()) {
      const header = `From: Grace <grace@example.org>\r\nTo: ada@mail.example\r\nSubject: Mail ${index + 1}\r\nMessage-ID: <mail-${index + 1}@example.org>`;
      await client.append(
        'INBOX',
        `${header}\r\n\r\nText of mail ${index + 1}.\r\n`,
        some,
        new Date(2026, 9, index + 1),
      );
    }
  }

  /** Brings all mailboxes in step; throws what went wrong. */
  async sync(): Promise<readonly MailboxResult[]> {
    const { mailboxes } = await synchronise({
      open: sessionsAt(accountOf(this.server), this.#profilePath),
      root: this.root,
      // Drafts by what it is for: Dovecot says nothing of that here, so its name has to do.
      targets: ['INBOX', 'Archive', '\\Drafts'].map((mailbox) => ({ mailbox })),
      budgetBytes: 1e6,
      clock: systemClock,
      log: silentLog,
      signal: new AbortController().signal,
    });
    const wrong = mailboxes.filter(({ result, reason }) => result !== 'ok' || reason);
    if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
    return mailboxes;
  }

  /** `INBOX Mail 1 \Seen`, a line for each message at the server. */
  there(): Promise<string[]> {
    return messagesAt(this.server);
  }
}

/** A client of its own, until the test is over. */
export async function imapClient({ imaps, user, password, ca }: Dovecot): Promise<ImapFlow> {
  const tls = { ca, servername: 'mail.example' };
  const auth = { user, pass: password };
  const client = new ImapFlow({ host: '127.0.0.1', port: imaps, secure: true, auth, tls, logger: false });
  await client.connect();
  onTestFinished(() => client.close());
  return client;
}

/** `INBOX Mail 1 \Seen`, a line for each message of a Dovecot. */
export async function messagesAt(server: Dovecot): Promise<string[]> {
  const client = await imapClient(server);
  const lines: string[] = [];
  for (const mailbox of MAILBOXES) {
    await client.mailboxOpen(mailbox, { readOnly: true });
    for await (const { envelope, flags } of client.fetch('1:*', { envelope: true, flags: true })) {
      const said = [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
      lines.push([mailbox, envelope?.subject, ...said].join(' '));
    }
  }
  await client.logout();
  return lines.sort();
}
