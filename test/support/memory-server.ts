import { MailError } from '../../src/mail/errors.ts';
import type {
  FetchOptions,
  FlagChange,
  FlagUpdate,
  Known,
  ListedMessage,
  MailSession,
  NewMessage,
  Offers,
  OnMessage,
  Placed,
  Selected,
} from '../../src/mail/session.ts';
import { UidSet } from '../../src/mail/uid-set.ts';
import { head, MemoryMailbox, type Stored, selected } from './memory-mailbox.ts';

export interface MemoryServerOptions {
  readonly offers?: Partial<Offers>;
  /** The connection is lost after so many bytes of message bodies ... */
  readonly cutAfterBytes?: number;
  /** ... or at the command with this index (0 is the first of all since the options were set): before it is done ... */
  readonly cutAtCommand?: number;
  /** ... or when it was done and its reply is lost. */
  readonly cutAfterCommand?: number;
  /** QRESYNC is offered, but SELECT does not use it. */
  readonly refuseResync?: boolean;
  /** What the server makes of a message that it is given; undefined: it loses it. */
  readonly changeAppend?: (content: Buffer) => Buffer | undefined;
  /** Which messages are not taken. */
  readonly refuseAppend?: (content: Buffer) => boolean;
}

const CHUNK = 7;

/** A mail server in memory: `open` gives sessions that answer one command after another, as a connection does. */
export class MemoryServer {
  readonly mailboxes = new Map<string, MemoryMailbox>();
  readonly roles = new Map<string, string>();
  #options: MemoryServerOptions = {};
  /** Commands since the options were set. */
  commands = 0;
  /** Every command of every session, in the order in which it was sent; `|` where a session began. */
  readonly log: string[] = [];
  /** Commands that were sent before the first reply of their session. */
  readonly firstFlight: string[] = [];
  /** UIDs whose bodies crossed the air and were read. */
  readonly bodies: number[] = [];

  get options(): MemoryServerOptions {
    return this.#options;
  }

  set options(options: MemoryServerOptions) {
    this.#options = options;
    this.commands = 0;
  }

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
    const all = { condstore: true, qresync: true, uidplus: true, move: true, compress: true };
    this.offers = { ...all, ...server.options.offers };
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
        messageId: messageId(message.content.toString('latin1')),
      })),
    );
  }

  existing(uids: UidSet): Promise<UidSet> {
    return this.#command(`SEARCH ${uids}`, async () => UidSet.of(this.#those(uids).map((one) => one.uid)));
  }

  changeFlags(uids: UidSet, change: FlagChange): Promise<void> {
    return this.#command(`STORE ${uids} +${change.set} -${change.clear}`, async () => {
      for (const { uid } of this.#those(uids)) this.#mailbox.change(uid, change);
    });
  }

  expunge(uids: UidSet): Promise<void> {
    const only = this.offers.uidplus ? uids : undefined;
    return this.#command(only ? `EXPUNGE ${uids}` : 'EXPUNGE', async () => {
      const gone = this.#mailbox.marked.filter(({ uid }) => only?.has(uid) ?? true);
      if (gone.length > 0) this.#mailbox.expunge(...gone.map(({ uid }) => uid));
    });
  }

  marked(): Promise<UidSet> {
    return this.#command('SEARCH DELETED', async () => UidSet.of(this.#mailbox.marked.map(({ uid }) => uid)));
  }

  append(name: string, { content, flags, internalDate }: NewMessage): Promise<Placed | undefined> {
    return this.#command(`APPEND ${name}`, async () => {
      const target = this.#target(name);
      if (this.#server.options.refuseAppend?.(content)) {
        throw new MailError('APPEND: NO too large', { code: 'server-refused' });
      }
      const { changeAppend = (same: Buffer) => same } = this.#server.options;
      const kept = changeAppend(content);
      if (!kept) return undefined;
      const uid = target.add(kept, [...flags], Math.floor(internalDate / 1000) * 1000);
      return this.#placed(target, [[0, uid]]);
    });
  }

  transfer(uids: UidSet, name: string, how: 'copy' | 'move'): Promise<Placed | undefined> {
    return this.#command(`${how.toUpperCase()} ${uids} ${name}`, async () => {
      const target = this.#target(name);
      const pairs = this.#those(uids).map(
        ({ uid, content, flags, internalDate }) =>
          [uid, target.add(content, [...flags], internalDate)] as const,
      );
      if (how === 'move') this.#mailbox.expunge(...pairs.map(([uid]) => uid));
      return this.#placed(target, pairs);
    });
  }

  roles(): Promise<ReadonlyMap<string, string>> {
    return this.#command('LIST', async () => this.#server.roles);
  }

  create(name: string): Promise<void> {
    return this.#command(`CREATE ${name}`, async () => void this.#server.mailbox(name));
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
    const index = this.#server.commands;
    this.#server.commands += 1;
    this.#commands += 1;
    this.#server.log.push(text);
    if (this.#replies === 0) this.#server.firstFlight.push(text);
    const reply = this.#turn.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#server.options.cutAtCommand === index) this.#lost = true;
      if (this.#lost) throw lost();
      const said = await answer();
      if (this.#server.options.cutAfterCommand === index) this.#lost = true;
      if (this.#lost) throw lost();
      this.#replies += 1;
      return said;
    });
    this.#turn = reply.catch(() => {});
    return reply;
  }

  get #mailbox(): MemoryMailbox {
    if (!this.#selected) throw new MailError('no mailbox is selected: BAD', { code: 'server-confused' });
    return this.#selected;
  }

  #target(name: string): MemoryMailbox {
    const target = this.#server.mailboxes.get(name);
    if (!target) throw new MailError(`to ${name}: NO [TRYCREATE]`, { code: 'no-mailbox' });
    return target;
  }

  #placed({ uidvalidity }: MemoryMailbox, uids: Placed['uids']): Placed | undefined {
    return this.offers.uidplus ? { uidvalidity, uids } : undefined;
  }

  #those(uids: UidSet): Stored[] {
    return this.#mailbox.messages.filter((one) => uids.has(one.uid));
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

/** As an ENVELOPE has it, unfolded; only from the header. */
function messageId(message: string): string | undefined {
  const [header = ''] = `\r\n${message}`.split(/\r?\n\r?\n/);
  return /^Message-ID: *(<.*>)/im.exec(header.replace(/\r?\n[ \t]+/g, ' '))?.[1];
}

function lost(): MailError {
  return new MailError('the connection was lost', { code: 'session-lost', temporary: true });
}
