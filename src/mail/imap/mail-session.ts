import { withDeadline } from '../../base/deadline.ts';
import { codeOf } from '../../base/errors.ts';
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
  SessionCost,
} from '../session.ts';
import { UidSet } from '../uid-set.ts';
import { openAsking } from './asked.ts';
import type { Command } from './command.ts';
import { changeFlagsCommands, expungeCommand, markedCommand } from './commands/change.ts';
import { fetchFlagsCommand, listCommand } from './commands/fetch-heads.ts';
import { FetchMessagesCommand } from './commands/fetch-messages.ts';
import { appendCommand, createCommand, transferCommand } from './commands/place.ts';
import { RolesCommand } from './commands/roles.ts';
import { ExistingCommand } from './commands/search.ts';
import { SelectCommand } from './commands/select.ts';
import { compressCommand, logoutCommand } from './commands/simple.ts';
import { type Opened, remember, type SessionOptions } from './opened.ts';
import type { Profile } from './profile.ts';
import { openRemembered } from './remembered.ts';
import { StaleProfile } from './stale.ts';
import { pieces } from './uid-pieces.ts';
import { lost } from './wire/wire-error.ts';

/** How long the end of a connection may take once all is answered, milliseconds. */
const CLOSE_MS = 5000;

/** The session of `session.ts` over IMAP. Begins anew by asking, unnoticed, when the server is not as remembered. */
export class ImapMailSession implements MailSession {
  readonly #options: SessionOptions;
  readonly #profile: Profile;
  readonly #signal: AbortSignal;
  readonly #closed = new AbortController();
  readonly #all: Opened[];
  #reopening: Promise<void> | undefined;
  /** The connection that was given up last. */
  #given: Opened | undefined;
  readonly #calls = new Set<Promise<unknown>>();
  #closing = false;

  constructor(options: SessionOptions, profile: Profile, opened: Opened, signal: AbortSignal) {
    this.#options = options;
    this.#profile = profile;
    this.#signal = AbortSignal.any([signal, this.#closed.signal]);
    this.#all = [opened];
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get offers(): Offers {
    const { offers } = this.#opened.capabilities;
    return { ...offers, compress: offers.compress && this.#options.compress !== 'never' };
  }

  select(mailbox: string, known?: Known): Promise<Selected> {
    return this.#call(({ capabilities }) => new SelectCommand(mailbox, known, capabilities));
  }

  async fetchMessages(uids: UidSet, onMessage: OnMessage, options: FetchOptions = {}): Promise<void> {
    await this.#each(
      uids,
      (piece, { capabilities }) => new FetchMessagesCommand(piece, onMessage, capabilities, options),
    );
  }

  async fetchFlags(uids: UidSet, changedSince?: bigint): Promise<readonly FlagUpdate[]> {
    const found = await this.#each(uids, (piece, { capabilities }) =>
      fetchFlagsCommand(piece, capabilities.condstore ? changedSince : undefined, capabilities),
    );
    return found.flat();
  }

  async list(uids: UidSet): Promise<readonly ListedMessage[]> {
    return (await this.#each(uids, (piece, { capabilities }) => listCommand(piece, capabilities))).flat();
  }

  async existing(uids: UidSet): Promise<UidSet> {
    const found = await this.#each(
      uids,
      (piece, { capabilities }) => new ExistingCommand(piece, capabilities),
    );
    return found.reduce((all, one) => all.union(one), UidSet.empty);
  }

  async changeFlags(uids: UidSet, change: FlagChange): Promise<void> {
    const commands = pieces(uids).flatMap((piece) => changeFlagsCommands(piece, change));
    await Promise.all(commands.map((make) => this.#call(make)));
  }

  async expunge(uids: UidSet): Promise<void> {
    if (this.offers.uidplus) await this.#each(uids, (piece) => expungeCommand(piece, true));
    else await this.#call(() => expungeCommand(uids, false));
  }

  marked(): Promise<UidSet> {
    return this.#call(() => markedCommand());
  }

  append(mailbox: string, message: NewMessage): Promise<Placed | undefined> {
    return this.#call(({ capabilities }) => appendCommand(mailbox, message, capabilities));
  }

  async transfer(uids: UidSet, mailbox: string, how: 'copy' | 'move'): Promise<Placed | undefined> {
    const placed = await this.#each(uids, (piece, { capabilities }) =>
      transferCommand(piece, mailbox, how, capabilities),
    );
    const [first] = placed;
    return first && { ...first, uids: placed.flatMap((one) => one?.uids ?? []) };
  }

  roles(): Promise<ReadonlyMap<string, string>> {
    return this.#call(({ capabilities }) => new RolesCommand(capabilities));
  }

  create(mailbox: string): Promise<void> {
    return this.#call(({ capabilities }) => createCommand(mailbox, capabilities));
  }

  async compress(): Promise<boolean> {
    if (!this.offers.compress) return false;
    return this.#call(({ connection }) => compressCommand(connection));
  }

  async logout(): Promise<void> {
    const left = this.#options.farewell === 'logout' ? this.#sayLogout() : this.#close();
    this.#closing = true;
    try {
      await left;
    } finally {
      await this.#end('after leave was taken');
    }
  }

  cost(): SessionCost {
    const costs = this.#all.map(({ connection }) => connection.cost());
    const sum = (of: (cost: SessionCost) => number) => costs.reduce((total, cost) => total + of(cost), 0);
    return {
      bytesUp: sum(({ bytesUp }) => bytesUp),
      bytesDown: sum(({ bytesDown }) => bytesDown),
      roundTrips: sum(({ roundTrips }) => roundTrips),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.#end('because it was disposed of');
  }

  get #opened(): Opened {
    return this.#all[this.#all.length - 1] as Opened;
  }

  readonly #onAbort = () =>
    this.#opened.dialogue.abandon(lost('because it was no longer wanted', this.#signal.reason));

  async #end(why: string): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#closed.abort(lost(why));
    this.#opened.dialogue.abandon(lost(why));
    await this.#remember(this.#opened);
  }

  /** One command for each piece of the set, all of them in the same flight. */
  #each<T>(uids: UidSet, make: (piece: UidSet, opened: Opened) => Command<T>): Promise<T[]> {
    return Promise.all(pieces(uids).map((piece) => this.#call((opened) => make(piece, opened))));
  }

  async #call<T>(make: (opened: Opened) => Command<T>): Promise<T> {
    if (this.#closing) throw lost('before this call');
    const result = this.#send(make);
    this.#calls.add(result);
    return result.finally(() => this.#calls.delete(result));
  }

  /** LOGOUT in the flight of what was called before; settles when the server closed. */
  async #sayLogout(): Promise<void> {
    await this.#call(() => logoutCommand()).catch((error: unknown) => {
      if (this.#opened.dialogue.bye === undefined) throw error;
    });
    await this.#waitFor('the end of the connection after LOGOUT', () => this.#opened.dialogue.ended);
  }

  /**
   * Closes when all is answered; rejects when the session was lost before that. The server's own end would cost
   * a round trip, and more at a modem's sockets, which know no half-close: it is not waited for.
   */
  async #close(): Promise<void> {
    const results = await Promise.allSettled(this.#calls);
    const failed = results.find(
      (result) => result.status === 'rejected' && codeOf(result.reason) === 'session-lost',
    );
    if (failed?.status === 'rejected') throw failed.reason;
    await this.#waitFor('closing the connection', () => this.#opened.connection.end());
  }

  /** All that was wanted is there by now: what goes wrong at the very end is no failure. */
  async #waitFor(what: string, end: () => Promise<void>): Promise<void> {
    await withDeadline(this.#options.clock, { what, ms: CLOSE_MS }, end).catch(() => {});
  }

  async #send<T>(make: (opened: Opened) => Command<T>): Promise<T> {
    // Once set it stays: whoever waited for it goes first.
    if (this.#reopening !== undefined) await this.#reopening;
    const opened = this.#opened;
    const command = make(opened);
    try {
      return await opened.dialogue.send(command);
    } catch (error) {
      if (!(error instanceof StaleProfile)) throw error;
      if (command.delivered || this.#signal.aborted) throw error.cause;
      // The first call to hear of it begins anew, for all of them.
      if (this.#given !== opened) this.#reopening = this.#reopen(error, opened);
      this.#given = opened;
    }
    return this.#send(make);
  }

  /** The profile only saves time: a disk that is full must not cost a session. */
  async #remember(opened: Opened): Promise<void> {
    await remember(this.#profile, opened).catch((error: unknown) => {
      this.#options.log.warn(
        { error: String(error) },
        'what was learnt of the IMAP server could not be stored',
      );
    });
  }

  async #reopen(stale: StaleProfile, failed: Opened): Promise<void> {
    const { forgotten } = stale;
    this.#options.log.info(
      { forgotten, cause: String(stale.cause) },
      'IMAP server is not as remembered: asking it',
    );
    failed.learnt[forgotten] = null;
    await this.#remember(failed);
    const again = openRemembered(this.#options, this.#profile);
    this.#all.push(again ?? (await openAsking(this.#options, this.#profile, this.#signal)));
  }
}
