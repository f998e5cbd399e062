import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { systemClock } from '../../base/clock.ts';
import type { Files } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import type { AnnotatedMailboxes } from '../annotated-mailboxes.ts';
import { ENTRIES } from '../annotations.ts';
import type { TriggerAgent } from '../trigger-agent.ts';
import type { WatchedServer, WatchedUser } from './account.ts';
import { WatchError } from './errors.ts';
import { Found } from './found.ts';
import { Gate } from './gate.ts';
import { Places } from './places.ts';
import { defaultWatchPolicy, type WatchPolicy } from './policy.ts';
import type { Session } from './session.ts';
import { Watch } from './watch.ts';
import type { WatchContext } from './watch-context.ts';

export interface WatcherOptions {
  readonly server: WatchedServer;
  readonly users: readonly WatchedUser[];
  /** Told of new mail in mailboxes that have a device. */
  readonly agent: Pick<TriggerAgent, 'stored'>;
  /** One process owns it. */
  readonly stateDirectory: string;
  readonly policy?: Partial<WatchPolicy>;
  readonly clock?: Clock;
  readonly files?: Files;
  readonly log: Log;
}

/** Watches mailboxes of an existing IMAP server (R13). Disposing closes every connection. */
export interface Watcher extends AnnotatedMailboxes, AsyncDisposable {
  /**
   * Looks at a mailbox soon, or at all of the user's; when the server cannot be reached now, then as soon as it can. Throws
   * WatchError `unknown-mailbox`. `early`: who asks may be quicker than the storing of the mail, as a Sieve script that Dovecot runs
   * before it stores; then it is looked at once more, `policy.againMs` later.
   */
  look(user: string, mailbox?: string, early?: boolean): void;
}

/** Starts to watch; the connections are made in the background. The signal stops it, too. */
export async function startWatcher(options: WatcherOptions, signal?: AbortSignal): Promise<Watcher> {
  signal?.throwIfAborted();
  const { server, agent, log, clock = systemClock } = options;
  const policy = { ...defaultWatchPolicy, ...options.policy };
  const context = {
    server,
    agent,
    policy,
    clock,
    log,
    found: new Found(log),
    gate: new Gate(policy.connecting),
    places: await Places.open(join(options.stateDirectory, 'places'), log, options.files),
  };
  return new Watching(context, options.users, signal);
}

class Watching implements Watcher {
  readonly #context: WatchContext;
  readonly #stop = new AbortController();
  readonly #watches: Watch[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #again = new Map<string, AbortController>();

  constructor(context: WatchContext, users: readonly WatchedUser[], signal?: AbortSignal) {
    this.#context = context;
    // Each watch waits on it, a thousand of them on purpose.
    setMaxListeners(0, this.#stop.signal);
    signal?.addEventListener('abort', () => this.#stop.abort(signal.reason), { once: true });
    for (const user of users) this.#start(user, user.mailboxes);
  }

  known() {
    return this.#context.found.known();
  }

  onChanged(listener: Parameters<AnnotatedMailboxes['onChanged']>[0]) {
    return this.#context.found.onChanged(listener);
  }

  look(user: string, mailbox?: string, early = false): void {
    const watches = this.#watches.filter((watch) => watch.user.user === user);
    const meant = watches.flatMap((watch) =>
      watch.mailboxes
        .filter((name) => mailbox === undefined || name === mailbox)
        .map((name) => ({ watch, name })),
    );
    if (meant.length === 0) throw unknown(user, mailbox);
    for (const { watch, name } of meant) {
      watch.look(name);
      if (early) this.#lookAgain(watch, name);
    }
  }

  async read(user: string, mailbox: string, signal?: AbortSignal) {
    const watch = this.#watchOf(user, mailbox);
    return watch.call(
      `reading annotations of ${mailbox}`,
      (session) => this.#read(session, watch, mailbox),
      signal,
    );
  }

  async write(
    user: string,
    mailbox: string,
    entries: ReadonlyMap<string, string | null>,
    signal?: AbortSignal,
  ): Promise<void> {
    const watch = this.#watchOf(user, mailbox);
    const work = async (session: Session) => {
      needMetadata(session, mailbox);
      await session.writeMetadata(mailbox, entries);
      await this.#read(session, watch, mailbox);
    };
    await watch.call(`writing annotations of ${mailbox}`, work, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new WatchError('the watcher was stopped', { code: 'stopped' }));
    for (const over of this.#again.values()) over.abort();
    await Promise.all(this.#running);
  }

  /** What was read is told to whoever listens, as at any other reading. */
  async #read(session: Session, { user }: Watch, mailbox: string): Promise<ReadonlyMap<string, string>> {
    needMetadata(session, mailbox);
    const entries = await session.readMetadata(mailbox, Object.values(ENTRIES));
    this.#context.found.tell(user.user, mailbox, entries, { configured: user.device });
    return entries;
  }

  #start(user: WatchedUser, mailboxes: readonly string[]): void {
    const watch = new Watch(user, mailboxes, {
      context: this.#context,
      signal: this.#stop.signal,
      giveAway: (others) => {
        for (const mailbox of others) this.#start(user, [mailbox]);
      },
    });
    this.#watches.push(watch);
    this.#running.push(watch.run());
  }

  /** One such wait for a mailbox at a time, or a flood of calls would be a flood of waits: the last call counts. */
  #lookAgain(watch: Watch, mailbox: string): void {
    const { clock, policy } = this.#context;
    const key = JSON.stringify([watch.user.user, mailbox]);
    this.#again.get(key)?.abort();
    const over = new AbortController();
    this.#again.set(key, over);
    const again = () => {
      if (this.#again.get(key) === over) this.#again.delete(key);
      if (!this.#stop.signal.aborted) watch.look(mailbox);
    };
    clock.sleep(policy.againMs, over.signal).then(again, () => {});
  }

  #watchOf(user: string, mailbox: string): Watch {
    const found = this.#watches.find(
      (watch) => watch.user.user === user && watch.mailboxes.includes(mailbox),
    );
    if (!found) throw unknown(user, mailbox);
    return found;
  }
}

function needMetadata(session: Session, mailbox: string): void {
  if (session.has('METADATA')) return;
  throw new WatchError(`${mailbox}: the IMAP server has no METADATA (RFC 5464)`, { code: 'no-metadata' });
}

function unknown(user: string, mailbox?: string): WatchError {
  const what = mailbox === undefined ? `${user}: no mailbox of this user is` : `${mailbox} of ${user} is not`;
  return new WatchError(`${what} watched here (server.toml, [[watch.mailboxes]])`, {
    code: 'unknown-mailbox',
  });
}
