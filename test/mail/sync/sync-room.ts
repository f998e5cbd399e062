import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { mailboxDirectory } from '../../../src/mail/maildir/mailbox-path.ts';
import { openMaildir } from '../../../src/mail/maildir/maildir.ts';
import type { Entry } from '../../../src/mail/maildir/name.ts';
import { uidOf } from '../../../src/mail/sync/local.ts';
import type { SyncOptions } from '../../../src/mail/sync/options.ts';
import { loadState } from '../../../src/mail/sync/state.ts';
import { synchronise } from '../../../src/mail/sync/synchronise.ts';
import { MemoryServer } from '../../support/memory-server.ts';
import { VolatileFiles } from '../../support/volatile-files.ts';

export const ROOT = '/device/mail';

/** A server, a device's disk and a clock. */
export class SyncRoom {
  readonly clock = new SimulatedClock();
  server = new MemoryServer();
  files = new VolatileFiles(() => this.clock.now());

  get inbox() {
    return this.server.mailbox('INBOX');
  }

  /** Synchronises INBOX (or `more.targets`); one minute later, so that folders count as settled. */
  async sync(more: Partial<SyncOptions> = {}) {
    await this.clock.advance(60_000);
    const { mailboxes, cost } = await synchronise({
      open: this.server.open,
      root: ROOT,
      targets: [{ mailbox: 'INBOX' }],
      budgetBytes: 1_000_000,
      files: this.files,
      clock: this.clock,
      log: silentLog,
      signal: new AbortController().signal,
      ...more,
    });
    return { ...mailboxes[0]!, mailboxes, cost };
  }

  async maildir(mailbox = 'INBOX') {
    return openMaildir(mailboxDirectory(ROOT, mailbox), { files: this.files, clock: this.clock });
  }

  async state(mailbox = 'INBOX') {
    return loadState(mailboxDirectory(ROOT, mailbox), this.files);
  }

  /** UID -> content and flags (letters and agreed keywords) of every file, `?` for files without a UID. */
  async copy(mailbox = 'INBOX'): Promise<string[]> {
    const maildir = await this.maildir(mailbox);
    const state = (await this.state(mailbox))!;
    const lines: string[] = [];
    for (const entry of await maildir.list()) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of maildir.read(entry)) chunks.push(chunk);
      const uid = uidOf(entry, state);
      const keywords = [...state.agreed]
        .filter(([, uids]) => uid !== undefined && uids.has(uid))
        .map(([flag]) => flag);
      const date = await maildir.internalDate(entry);
      lines.push([uid ?? '?', entry.flags, keywords.sort().join(' '), date, Buffer.concat(chunks)].join('|'));
    }
    return lines.sort();
  }

  /** The same, as the server has it and with all agreed. */
  serverCopy(mailbox = 'INBOX'): string[] {
    const letters = new Map([
      ['\\Seen', 'S'],
      ['\\Flagged', 'F'],
      ['\\Answered', 'R'],
      ['\\Deleted', 'T'],
      ['\\Draft', 'D'],
      ['$Forwarded', 'P'],
    ]);
    return this.server
      .mailbox(mailbox)
      .messages.map(({ uid, flags, internalDate, content }) => {
        const short = flags.map((flag) => letters.get(flag) ?? '').sort();
        return [uid, short.join(''), [...flags].sort().join(' '), internalDate, content].join('|');
      })
      .sort();
  }

  /** The file of a UID, for what a user's mail reader would do. */
  async entry(uid: number, mailbox = 'INBOX'): Promise<Entry> {
    const state = (await this.state(mailbox))!;
    return (await (await this.maildir(mailbox)).list()).find((entry) => uidOf(entry, state) === uid)!;
  }

  /** A user's mail reader sets flags. */
  async mark(uid: number, flags: string): Promise<void> {
    await (await this.maildir()).setFlags(await this.entry(uid), flags);
  }

  /** A user's mail reader removes messages. */
  async remove(...uids: number[]): Promise<void> {
    for (const uid of uids) await (await this.maildir()).remove(await this.entry(uid));
  }
}

export function mail(name: string, body = ''): string {
  return `Message-ID: <${name}@test>\r\nSubject: ${name}\r\n\r\n${body}\r\n`;
}
