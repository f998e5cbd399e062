import { MailError } from '../../src/mail/errors.ts';
import type {
  FetchOptions,
  FlagUpdate,
  Known,
  ListedMessage,
  MailSession,
  MessageHead,
  Offers,
  OnMessage,
  Selected,
} from '../../src/mail/session.ts';
import { UidSet } from '../../src/mail/uid-set.ts';

interface Stored {
  readonly uid: number;
  readonly content: Buffer;
  readonly internalDate: number;
  flags: string[];
  modseq: bigint;
}

/** One mailbox of a server in memory, with modification sequences as RFC 7162 has them. */
export class MemoryMailbox {
  uidvalidity = 1000;
  uidnext = 1;
  modseq = 10n;
  messages: Stored[] = [];
  expunged: { uid: number; modseq: bigint }[] = [];

  add(
    content: string | Buffer,
    flags: string[] = [],
    internalDate = Date.UTC(2026, 0, 1) + this.uidnext * 1000,
  ): number {
    const uid = this.uidnext;
    this.uidnext += 1;
    this.modseq += 1n;
    this.messages.push({ uid, content: Buffer.from(content), internalDate, flags, modseq: this.modseq });
    return uid;
  }

  setFlags(uid: number, flags: string[]): void {
    const message = this.messages.find((one) => one.uid === uid);
    if (!message) throw new Error(`no message ${uid}`);
    this.modseq += 1n;
    Object.assign(message, { flags, modseq: this.modseq });
  }

  expunge(...uids: number[]): void {
    this.modseq += 1n;
    for (const uid of uids) this.expunged.push({ uid, modseq: this.modseq });
    this.messages = this.messages.filter((one) => !uids.includes(one.uid));
  }

  /** Keeps what the mailbox is now; calling the result brings it back. */
  snapshot(): () => void {
    const { uidvalidity, uidnext, modseq, expunged } = this;
    const messages = this.messages.map((one) => ({ ...one }));
    return () => {
      const copies = messages.map((one) => ({ ...one }));
      Object.assign(this, { uidvalidity, uidnext, modseq, expunged: [...expunged], messages: copies });
    };
  }

  /** What a server does whose index was lost: all UIDs are given anew, from `first` on. */
  renumber(uidvalidity: number, first = 1): void {
    this.uidvalidity = uidvalidity;
    this.messages = this.messages.map((one, index) => ({ ...one, uid: first + index }));
    this.uidnext = first + this.messages.length;
    this.expunged = [];
  }
}

export interface MemoryServerOptions {
  readonly offers?: Partial<Offers>;
  /** The connection is lost after so many bytes of message bodies ... */
  readonly cutAfterBytes?: number;
  /** ... or before the reply to the command with this index (0 is the first). */
  readonly cutAtCommand?: number;
  /** QRESYNC is offered, but SELECT does not use it. */
  readonly refuseResync?: boolean;
}

const CHUNK = 7;

/** A mail server in memory: `open` gives sessions that answer one command after another, as a connection does. */
export class MemoryServer {
  readonly mailboxes = new Map<string, MemoryMailbox>();
  options: MemoryServerOptions = {};
  /** Every command of every session, in the order in which it was sent; `|` where a session began. */
  readonly log: string[] = [];
  /** Commands that were sent before the first reply of their session. */
  readonly firstFlight: string[] = [];
  /** UIDs whose bodies crossed the air and were read. */
  readonly bodies: number[] = [];

  mailbox(name: string): MemoryMailbox {
    const found = this.mailboxes.get(name) ?? new MemoryMailbox();
    this.mailboxes.set(name, found);
    return found;
  }

  readonly open = async (): Promise<MailSession> => {
    this.log.push('|');
    return new MemorySession(this);
  };

  forgetLog(): void {
    this.log.length = 0;
    this.firstFlight.length = 0;
    this.bodies.length = 0;
  }
}

class MemorySession implements MailSession {
  readonly #server: MemoryServer;
  readonly offers: Offers;
  #turn: Promise<unknown> = Promise.resolve();
  #commands = 0;
  #replies = 0;
  #bytes = 0;
  #lost = false;
  #selected: MemoryMailbox | undefined;

  constructor(server: MemoryServer) {
    this.#server = server;
    this.offers = { condstore: true, qresync: true, uidplus: true, compress: true, ...server.options.offers };
  }

  select(name: string, known?: Known): Promise<Selected> {
    return this.#command(`SELECT ${name}${known ? ' QRESYNC' : ''}`, async () => {
      const mailbox = this.#server.mailboxes.get(name);
      if (!mailbox) throw new MailError(`SELECT ${name}: NO`, { code: 'no-mailbox' });
      this.#selected = mailbox;
      return selected(mailbox, this.offers, this.#server.options.refuseResync ? undefined : known);
    });
  }

  fetchMessages(uids: UidSet, onMessage: OnMessage, { limit }: FetchOptions = {}): Promise<void> {
    return this.#command(`FETCH ${uids} BODY${limit === undefined ? '' : `<0.${limit}>`}`, async () => {
      for (const message of this.#those(uids)) {
        await onMessage(head(message), this.#body(message, limit));
        if (this.#lost) throw lost();
      }
    });
  }

  fetchFlags(uids: UidSet, changedSince?: bigint): Promise<readonly FlagUpdate[]> {
    return this.#command(
      `FETCH ${uids} FLAGS${changedSince === undefined ? '' : ` ${changedSince}`}`,
      async () =>
        this.#those(uids)
          .filter((one) => changedSince === undefined || one.modseq > changedSince)
          .map(({ uid, flags, modseq }) => ({ uid, flags: [...flags], modseq })),
    );
  }

  list(uids: UidSet): Promise<readonly ListedMessage[]> {
    return this.#command(`LIST ${uids}`, async () =>
      this.#those(uids).map((message) => ({
        ...head(message),
        messageId: /^Message-ID: (.*?)\r?$/im.exec(message.content.toString('latin1'))?.[1],
      })),
    );
  }

  existing(uids: UidSet): Promise<UidSet> {
    return this.#command(`SEARCH ${uids}`, async () => UidSet.of(this.#those(uids).map((one) => one.uid)));
  }

  compress(): Promise<boolean> {
    return this.#command('COMPRESS', async () => true);
  }

  logout(): Promise<void> {
    return this.#command('LOGOUT', async () => {});
  }

  cost() {
    return { bytesUp: this.#commands * 30, bytesDown: this.#bytes, roundTrips: this.#replies };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lost = true;
  }

  #command<T>(text: string, answer: () => Promise<T>): Promise<T> {
    const index = this.#commands;
    this.#commands += 1;
    this.#server.log.push(text);
    if (this.#replies === 0) this.#server.firstFlight.push(text);
    const reply = this.#turn.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#server.options.cutAtCommand === index) this.#lost = true;
      if (this.#lost) throw lost();
      this.#replies += 1;
      return answer();
    });
    this.#turn = reply.catch(() => {});
    return reply;
  }

  #those(uids: UidSet): Stored[] {
    if (!this.#selected) throw new MailError('no mailbox is selected: BAD', { code: 'server-confused' });
    return this.#selected.messages.filter((one) => uids.has(one.uid));
  }

  async *#body({ uid, content }: Stored, limit = content.length): AsyncGenerator<Uint8Array> {
    this.#server.bodies.push(uid);
    const asked = content.subarray(0, limit);
    for (let at = 0; at < asked.length; at += CHUNK) {
      const chunk = asked.subarray(at, at + CHUNK);
      this.#bytes += chunk.length;
      if (this.#bytes > (this.#server.options.cutAfterBytes ?? Number.POSITIVE_INFINITY)) this.#lost = true;
      if (this.#lost) throw lost();
      yield chunk;
    }
  }
}

function selected(mailbox: MemoryMailbox, offers: Offers, known: Known | undefined): Selected {
  const since = known?.uidvalidity === mailbox.uidvalidity && offers.qresync ? known.modseq : undefined;
  const resynced = since !== undefined;
  const changed = mailbox.messages.filter((one) => resynced && one.modseq > since);
  const vanished = mailbox.expunged.filter(
    (one) => resynced && one.modseq > since && known?.uids.has(one.uid),
  );
  return {
    uidvalidity: mailbox.uidvalidity,
    uidnext: mailbox.uidnext,
    exists: mailbox.messages.length,
    highestModseq: offers.condstore ? mailbox.modseq : undefined,
    resynced,
    changed: changed.map(({ uid, flags, modseq }) => ({ uid, flags: [...flags], modseq })),
    vanished: UidSet.of(vanished.map((one) => one.uid)),
  };
}

function head({ uid, flags, modseq, content, internalDate }: Stored): MessageHead {
  return { uid, flags: [...flags], modseq, size: content.length, internalDate };
}

function lost(): MailError {
  return new MailError('the connection was lost', { code: 'session-lost', temporary: true });
}
