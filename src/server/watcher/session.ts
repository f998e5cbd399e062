import type { ImapFlow } from 'imapflow';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { WatchError, watchError } from './errors.ts';
import { getMetadata, setMetadata } from './metadata.ts';
import type { Place } from './place.ts';
import { rawCommands } from './raw.ts';
import { askStatus } from './status.ts';

/** How long a command may take. */
const COMMAND_MS = 60_000;

/** UIDs, UIDNEXT and UIDVALIDITY are 32-bit and not 0 (RFC 9051 2.3.1.1). */
const uid = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 32 - 1);
const placeShape = z.object({
  uidvalidity: uid,
  uidnext: uid,
  messages: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1),
});

/** One connection, logged in. One command at a time: its user asks one after another. */
export class Session implements AsyncDisposable {
  readonly #client: ImapFlow;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Where it goes and as whom, for errors. */
  readonly #where: string;

  constructor(client: ImapFlow, parts: { clock: Clock; signal: AbortSignal; where: string }) {
    this.#client = client;
    this.#clock = parts.clock;
    this.#signal = parts.signal;
    this.#where = parts.where;
  }

  /** Whether the server announced an extension. */
  has(capability: 'IDLE' | 'NOTIFY' | 'METADATA'): boolean {
    return this.#client.capabilities.has(capability);
  }

  /** Told when the server says by itself that something came: EXISTS of the selected mailbox, or a STATUS of NOTIFY. */
  onNews(listener: () => void): void {
    this.#client.on('exists', listener);
    rawCommands(this.#client).untaggedHandlers.STATUS = async () => listener();
  }

  /** Where a mailbox stands, without opening it. */
  async status(mailbox: string): Promise<Place> {
    const found = await this.#run(`STATUS ${mailbox}`, () => askStatus(this.#client, mailbox));
    return this.#place(mailbox, found);
  }

  /** Opens a mailbox for reading only, so that no \Recent is taken away; IDLE tells of the one that is open. */
  async examine(mailbox: string): Promise<Place> {
    const found = await this.#run(`EXAMINE ${mailbox}`, () =>
      this.#client.mailboxOpen(mailbox, { readOnly: true }),
    );
    const { uidValidity: uidvalidity, uidNext: uidnext, exists: messages } = found;
    return this.#place(mailbox, { uidvalidity, uidnext, messages });
  }

  /** CLOSE, which expunges nothing after EXAMINE (RFC 9051 6.4.1). */
  async close(): Promise<void> {
    await this.#run('CLOSE', () => this.#client.mailboxClose());
  }

  /** Bytes of each message in the open mailbox with a UID from `first` up to `last`. */
  async sizes(first: number, last: number): Promise<number[]> {
    const found = await this.#run('UID FETCH', () =>
      this.#client.fetchAll(`${first}:${last}`, { uid: true, size: true }, { uid: true }),
    );
    return found.filter((one) => one.uid >= first && one.uid <= last).map(({ size = 0 }) => size);
  }

  /** NOTIFY for these mailboxes (RFC 5465). False where the server does not want to. */
  async notify(mailboxes: readonly string[]): Promise<boolean> {
    try {
      await this.#run('NOTIFY', () => rawCommands(this.#client).notify(mailboxes));
      return true;
    } catch (error) {
      if (error instanceof WatchError && error.code === 'imap-refused') return false;
      throw error;
    }
  }

  /** Listens until `wake` fires (RFC 2177); rejects when the connection ends. */
  async idle(wake: AbortSignal): Promise<void> {
    const idling = rawCommands(this.#client).idle(wake);
    const awake = new Promise<void>((resolve) => {
      if (wake.aborted) resolve();
      wake.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([idling.catch(() => {}), awake]);
    await this.#run('IDLE', () => idling);
  }

  readMetadata(mailbox: string, entries: readonly string[]): Promise<Map<string, string>> {
    return this.#run(`GETMETADATA ${mailbox}`, () => getMetadata(this.#client, mailbox, entries));
  }

  writeMetadata(mailbox: string, entries: ReadonlyMap<string, string | null>): Promise<void> {
    return this.#run(`SETMETADATA ${mailbox}`, () => setMetadata(this.#client, mailbox, entries));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }

  #place(mailbox: string, found: object): Place {
    const parsed = placeShape.safeParse(found);
    if (parsed.success) return parsed.data;
    const at = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new WatchError(`${this.#where}: where ${mailbox} stands makes no sense (${at})`, {
      code: 'nonsense',
      temporary: true,
    });
  }

  async #run<T>(what: string, command: () => Promise<T>): Promise<T> {
    const wait = { what: `${what} at ${this.#where}`, ms: COMMAND_MS, signal: this.#signal };
    try {
      return await withDeadline(this.#clock, wait, command);
    } catch (error) {
      if (this.#signal.aborted) throw error;
      throw watchError(wait.what, error);
    }
  }
}
