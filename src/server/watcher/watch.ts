import { abortable, withDeadline } from '../../base/deadline.ts';
import { asError, codeOf } from '../../base/errors.ts';
import { settlable } from '../../base/settlable.ts';
import type { WatchedUser } from './account.ts';
import { annotationsOf } from './annotations-of.ts';
import { WatchError } from './errors.ts';
import { look } from './look.ts';
import { openSession } from './open-session.ts';
import { backoffMs } from './policy.ts';
import type { Session } from './session.ts';
import type { WatchContext } from './watch-context.ts';

/** How long a call may wait for its turn on the connection. */
const CALL_MS = 60_000;
/** A connection that lived as long makes the next back-off start anew. */
const STEADY_MS = 60_000;

type Call = (session: Session) => Promise<unknown>;

/** How it listens on a connection: to one open mailbox, to all by NOTIFY, not at all. */
type Ear = 'open' | 'notify' | 'none';

/** Mailboxes of one user on one connection, which is made again and again until it is stopped. */
export class Watch {
  readonly user: WatchedUser;
  mailboxes: readonly string[];
  readonly #context: WatchContext;
  readonly #signal: AbortSignal;
  /** Given those mailboxes for which there is no room on this connection. */
  readonly #giveAway: (mailboxes: readonly string[]) => void;
  readonly #news = new Set<string>();
  readonly #calls: Call[] = [];
  #wake = new AbortController();
  #failures = 0;
  /** In a back-off, calls are not kept waiting. */
  #lost: Error | undefined;

  constructor(
    user: WatchedUser,
    mailboxes: readonly string[],
    parts: { context: WatchContext; signal: AbortSignal; giveAway: (mailboxes: readonly string[]) => void },
  ) {
    this.user = user;
    this.mailboxes = mailboxes;
    this.#context = parts.context;
    this.#signal = parts.signal;
    this.#giveAway = parts.giveAway;
    parts.signal.addEventListener('abort', () => this.#wake.abort(), { once: true });
  }

  /** Runs until the signal fires. Never rejects. */
  async run(): Promise<void> {
    const { clock } = this.#context;
    while (!this.#signal.aborted) {
      const began = clock.monotonic();
      const rest = await this.#once().then(
        () => this.#ended(),
        (error: unknown) => this.#failed(asError(error), clock.monotonic() - began),
      );
      if (rest > 0) await this.#rest(rest);
      this.#lost = undefined;
    }
  }

  /** Looks at a mailbox soon; a back-off is not cut short, for after it everything is looked at. */
  look(mailbox: string): void {
    this.#news.add(mailbox);
    if (!this.#lost) this.#wake.abort();
  }

  /** Runs something on the connection when it is free, connecting where there is none. */
  async call<T>(what: string, work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#lost) throw this.#lost;
    const done = settlable<T>();
    let over = false;
    this.#calls.push(async (session) => over || work(session).then(done.resolve, done.reject));
    this.#wake.abort();
    const wait = { what: `${what} of ${this.user.user}`, ms: CALL_MS, signal };
    const waiting = withDeadline(this.#context.clock, wait, () => abortable(done.promise, this.#signal));
    return waiting.finally(() => {
      over = true;
    });
  }

  #rings(): boolean {
    return this.mailboxes.some((mailbox) => this.#deviceOf(mailbox) !== undefined);
  }

  /** In good order: there was nothing to listen to, or nothing was to be listened to. Gives how long to rest. */
  #ended(): number {
    this.#failures = 0;
    const { pollMs, rereadMs, idle } = this.#context.policy;
    return idle ? rereadMs : pollMs;
  }

  /** One connection, from its making to its end. */
  async #once(): Promise<void> {
    const { server, gate, clock } = this.#context;
    const open = () => openSession(server, this.user, { clock, signal: this.#signal });
    await using session = await gate.run(open, this.#signal);
    session.onNews(() => this.#hear());
    await this.#readAnnotations(session);
    const ear = await this.#listenBy(session);
    await this.#serve(session, ear);
  }

  async #listenBy(session: Session): Promise<Ear> {
    if (!this.#context.policy.idle || !session.has('IDLE')) return 'none';
    if (this.mailboxes.length === 1) return 'open';
    if (session.has('NOTIFY') && (await session.notify(this.mailboxes))) return 'notify';
    const [own = '', ...others] = this.mailboxes;
    this.mailboxes = [own];
    this.#giveAway(others);
    return 'open';
  }

  /** Which mailbox is meant is not asked: looking where nothing is new costs one command. */
  #hear(): void {
    for (const mailbox of this.mailboxes) this.#news.add(mailbox);
    this.#wake.abort();
  }

  async #serve(session: Session, ear: Ear): Promise<void> {
    const { clock, policy } = this.#context;
    this.#hear();
    let due = clock.monotonic() + policy.rereadMs;
    for (;;) {
      this.#wake = new AbortController();
      if (clock.monotonic() >= due) {
        await this.#readAnnotations(session);
        due = clock.monotonic() + policy.rereadMs;
        this.#hear();
      }
      for (const call of this.#calls.splice(0)) await call(session);
      await this.#lookAtNews(session, ear);
      if (!policy.idle || !this.#rings()) return;
      const ms = due - clock.monotonic();
      await this.#listen(session, ear, ear === 'none' ? Math.min(policy.noIdleMs, ms) : ms);
    }
  }

  async #lookAtNews(session: Session, ear: Ear): Promise<void> {
    for (const mailbox of [...this.#news]) {
      this.#news.delete(mailbox);
      const device = this.#deviceOf(mailbox);
      if (device === undefined) continue;
      const looking = { user: this.user.user, mailbox, device, stay: ear === 'open' };
      await look(session, looking, this.#context).catch((error: unknown) => this.#notLooked(mailbox, error));
    }
  }

  /** A mailbox that is not there, or makes no sense, does not stop the others. */
  #notLooked(mailbox: string, error: unknown): void {
    const only = codeOf(error) === 'imap-refused' || codeOf(error) === 'nonsense';
    if (!only || this.mailboxes.length === 1) throw error;
    const { user } = this.user;
    this.#context.log.warn({ user, mailbox, err: asError(error) }, `${mailbox} of ${user} was not looked at`);
  }

  async #listen(session: Session, ear: Ear, ms: number): Promise<void> {
    const wake = this.#wake;
    if (wake.signal.aborted) return this.#signal.throwIfAborted();
    const over = this.#context.clock.sleep(Math.max(0, ms), wake.signal).then(
      () => {
        if (ear === 'none') this.#hear();
        wake.abort();
      },
      () => {},
    );
    if (ear === 'none') await over;
    else await session.idle(wake.signal);
    this.#signal.throwIfAborted();
  }

  async #readAnnotations(session: Session): Promise<void> {
    const { found } = this.#context;
    const { user, device } = this.user;
    for (const mailbox of this.mailboxes) {
      const { entries, untold } = await annotationsOf(session, mailbox);
      found.tell(user, mailbox, entries, { configured: device, untold });
    }
  }

  #deviceOf(mailbox: string): string | undefined {
    return this.#context.found.get(this.user.user, mailbox)?.annotations.device;
  }

  /** Says so, and gives how long to wait. */
  #failed(error: Error, lived: number): number {
    if (this.#signal.aborted) return 0;
    const { policy, log } = this.#context;
    if (lived > STEADY_MS) this.#failures = 0;
    const wrong = codeOf(error) === 'wrong-password';
    const ms = backoffMs(wrong ? policy.wrongPassword : policy.backoff, this.#failures);
    this.#failures += 1;
    const { user } = this.user;
    const fields = { user, code: codeOf(error), seconds: Math.round(ms / 1000) };
    if (wrong) log.error({ ...fields }, `${error.message}: the password of ${user} is not taken`);
    else log.warn({ ...fields, err: error }, `The watch of ${user} was lost, connecting again`);
    this.#lost = new WatchError(`${user}: no connection to the IMAP server: ${error.message}`, {
      code: 'imap-lost',
      temporary: true,
      cause: error,
    });
    return ms;
  }

  async #rest(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#signal.aborted) return;
    if (!this.#lost && (this.#calls.length > 0 || this.#news.size > 0)) return;
    await this.#context.clock.sleep(ms, this.#wake.signal).catch(() => {});
  }
}
