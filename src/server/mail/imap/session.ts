import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { CommandReader } from '../../../mail/imap/wire/command-reader.ts';
import type { Account } from '../store/account.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Spool } from '../store/spool.ts';
import type { MailUser, Users } from '../users.ts';
import type { Guest, Guests } from './guests.ts';
import type { LogInGuard } from './log-in-guard.ts';
import type { Extension, ImapLimits } from './options.ts';
import type { Output } from './output.ts';
import { no } from './refusal.ts';
import type { View, ViewStyle } from './view.ts';

/** What all sessions of a server share. */
export interface SessionServices {
  readonly store: MailStore;
  readonly users: Users;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: ImapLimits;
  readonly extensions: ReadonlySet<Extension>;
  readonly guests: Guests;
  readonly guard: LogInGuard;
}

/** What a command can do to the connection beside reading and writing. */
export interface Transport {
  /** Whom the connection was let in as. */
  readonly guest: Guest;
  /** TLS is on, or the server has none to offer. */
  readonly private: boolean;
  readonly canStartTls: boolean;
  readonly compressed: boolean;
  startTls(): Promise<void>;
  compress(): Promise<void>;
  /** The client is doing something: the time-out starts again. */
  alive(): void;
}

/** One client's state, for the commands to read and change. */
export class Session {
  readonly services: SessionServices;
  readonly output: Output;
  readonly transport: Transport;
  readonly reader: CommandReader;
  /** Messages of APPEND that came in; disposed of after each command. */
  readonly spools = new Set<Spool>();
  user: MailUser | undefined;
  account: Account | undefined;
  condstore = false;
  qresync = false;
  failedLogins = 0;
  ended = false;
  #view: View | undefined;

  constructor(services: SessionServices, output: Output, transport: Transport, reader: CommandReader) {
    this.services = services;
    this.output = output;
    this.transport = transport;
    this.reader = reader;
  }

  get state(): 'new' | 'authenticated' | 'selected' {
    if (!this.account) return 'new';
    return this.#view ? 'selected' : 'authenticated';
  }

  /** The selected mailbox; commands that are only allowed with one need not check. */
  get view(): View {
    if (!this.#view) throw no('No mailbox is selected');
    return this.#view;
  }

  get mailboxes(): Account {
    if (!this.account) throw no('Log in first');
    return this.account;
  }

  get style(): ViewStyle {
    return { condstore: this.condstore, qresync: this.qresync };
  }

  has(extension: Extension): boolean {
    return this.services.extensions.has(extension);
  }

  select(view: View): void {
    this.unselect();
    this.#view = view;
  }

  unselect(): void {
    this.#view?.close();
    this.#view = undefined;
  }

  /** Tells what happened in the selected mailbox. */
  writeUpdates(mayExpunge: boolean): void {
    for (const line of this.#view?.updates(this.style, mayExpunge) ?? []) this.output.line(line);
  }

  async disposeSpools(): Promise<void> {
    for (const spool of this.spools) await spool[Symbol.asyncDispose]();
    this.spools.clear();
  }
}
