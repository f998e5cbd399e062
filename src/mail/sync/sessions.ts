import { withDeadline } from '../../base/deadline.ts';
import type { MailSession, SessionCost } from '../session.ts';
import type { SyncOptions } from './options.ts';
import { Selection } from './upload/selection.ts';
import type { Work } from './work.ts';

/** A server that takes LOGOUT and keeps the connection is not waited for longer than this. */
const LOGOUT_MS = 5000;

/**
 * COMPRESS costs a flight, as long as about 3.5 kB take on a slow link, and nearly halves mail. From 7 kB on it saves time, from here
 * on it saves bytes worth that little time: clients that always compress then need more. Bytes expected.
 */
const WORTH_DEFLATING = 4000;

const NO_COST: SessionCost = { bytesUp: 0, bytesDown: 0, roundTrips: 0 };

/** The sessions of one synchronisation: one, and another when it had to be stopped. */
export class Sessions implements AsyncDisposable {
  readonly #options: SyncOptions;
  readonly #all: MailSession[] = [];
  /** Sessions that take no more commands: logged out, or stopped. */
  readonly #ended = new Set<MailSession>();
  /** Which mailbox stopped a session, because what was still to come was of no use. */
  readonly #stopped = new Map<MailSession, Work>();
  readonly #deflated = new Set<MailSession>();
  readonly #selections = new Map<MailSession, Selection>();
  #opening: Promise<MailSession> | undefined;

  constructor(options: SyncOptions) {
    this.#options = options;
    this.#opening = options.opening;
    this.#opening?.catch(() => {});
  }

  /** The one that takes commands, a new one when there is none. */
  async current(): Promise<MailSession> {
    const last = this.#all[this.#all.length - 1];
    if (last && !this.#ended.has(last)) return last;
    const { open, signal } = this.#options;
    const opening = this.#opening ?? open(signal);
    this.#opening = undefined;
    const session = await opening;
    this.#all.push(session);
    return session;
  }

  /** The same, for what needs one mailbox or another selected. */
  async selection(): Promise<Selection> {
    return this.selectionOf(await this.current());
  }

  /** SELECT for this mailbox was sent. */
  select(session: MailSession, { target }: Work): void {
    this.selectionOf(session).note(target.mailbox);
  }

  selectionOf(session: MailSession): Selection {
    const found = this.#selections.get(session) ?? new Selection(session);
    this.#selections.set(session, found);
    return found;
  }

  /** Ends it at once for the sake of this mailbox. */
  async stop(session: MailSession, work: Work): Promise<void> {
    this.#ended.add(session);
    this.#stopped.set(session, work);
    await dispose(session);
  }

  stoppedBy(session: MailSession): Work | undefined {
    return this.#stopped.get(session);
  }

  /** Refused or not, the session goes on; a lost one shows in the calls that follow. */
  deflate(session: MailSession, expectedBytes: number): void {
    if (expectedBytes < WORTH_DEFLATING || !session.offers.compress || this.#deflated.has(session)) return;
    this.#deflated.add(session);
    session.compress?.().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the session goes on uncompressed');
    });
  }

  /** Takes leave of the last one, behind what was sent. */
  sayLogout(): Promise<void> {
    const last = this.#all[this.#all.length - 1];
    if (!last || this.#ended.has(last)) return Promise.resolve();
    this.#ended.add(last);
    const over = last.logout();
    over.catch(() => {});
    return over;
  }

  /** What was synchronised is safe by then, so a server that ends badly is no failure. */
  async waitForEnd(over: Promise<void>): Promise<void> {
    const { clock, signal, log } = this.#options;
    await withDeadline(clock, { what: 'LOGOUT', ms: LOGOUT_MS, signal }, () => over).catch((error: unknown) =>
      log.debug({ err: error }, 'the session did not end in order'),
    );
  }

  cost(): SessionCost {
    return this.#all.map((session) => session.cost()).reduce(sum, NO_COST);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opening?.then(dispose).catch(() => {});
    for (const session of this.#all) await dispose(session);
  }
}

function sum(a: SessionCost, b: SessionCost): SessionCost {
  return {
    bytesUp: a.bytesUp + b.bytesUp,
    bytesDown: a.bytesDown + b.bytesDown,
    roundTrips: a.roundTrips + b.roundTrips,
  };
}

/** A session that cannot even be ended has ended. */
async function dispose(session: MailSession): Promise<void> {
  try {
    await session[Symbol.asyncDispose]();
  } catch {}
}
