import { withDeadline } from '../../base/deadline.ts';
import { codeOf } from '../../base/errors.ts';
import { nodeFiles } from '../../base/files.ts';
import type { MailSession, SessionCost } from '../session.ts';
import { Budget, consentNeeded } from './budget.ts';
import { awaitedConsent, withConsent } from './consent.ts';
import { type Copy, openCopy, readFolders } from './copy.ts';
import { type FlightContext, takeOff } from './flight.ts';
import type { SyncOptions } from './options.ts';
import { openRegistry, type Registry } from './registry.ts';
import type { SyncResult } from './result.ts';
import { startOver } from './scratch.ts';
import { Work } from './work.ts';

/** A server that takes LOGOUT and keeps the connection is not waited for longer than this. */
const LOGOUT_MS = 5000;

/**
 * COMPRESS costs a flight, worth about 3.5 kB of downlink, and nearly halves mail: from here on it pays.
 * Bytes expected.
 */
const WORTH_DEFLATING = 8000;

const NO_COST: SessionCost = { bytesUp: 0, bytesDown: 0, roundTrips: 0 };

/**
 * Brings the device's copy of each mailbox in step with the server: new messages, flags, expunges; one flight when
 * the copy was in step before and the server has QRESYNC. Never rejects for what happens to a mailbox or a session:
 * the result says it, with what was reached until then. Local changes are recognised and kept owed, not yet sent.
 */
export async function synchronise(options: SyncOptions): Promise<SyncResult> {
  await using run = new Run(options);
  return await run.result();
}

class Run implements AsyncDisposable {
  readonly #options: SyncOptions;
  readonly #budget: Budget;
  readonly #sessions: MailSession[] = [];
  /** Sessions that take no more commands: logged out, or stopped. */
  readonly #ended = new Set<MailSession>();
  /** Which mailbox stopped a session, because what was still to come was of no use. */
  readonly #stopped = new Map<MailSession, Work>();
  readonly #deflated = new Set<MailSession>();
  #opening: Promise<MailSession> | undefined;

  constructor(options: SyncOptions) {
    this.#options = options;
    this.#budget = new Budget(options.budgetBytes, options.consent ?? false);
    this.#opening = options.opening;
    this.#opening?.catch(() => {});
  }

  async result(): Promise<SyncResult> {
    const work = this.#options.targets.map((target) => new Work(target, this.#options));
    await this.#prepareAll(work);
    const ready = work.filter((one) => !one.outcome);
    if (ready.length > 0) {
      await this.#converse(ready).catch((error: unknown) => {
        for (const one of ready) if (!one.outcome) one.fail(error);
      });
    }
    return { mailboxes: work.flatMap((one) => one.outcome ?? []), cost: this.#cost() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opening?.then(dispose).catch(() => {});
    for (const session of this.#sessions) await dispose(session);
  }

  async #prepareAll(work: readonly Work[]): Promise<void> {
    const { root, registry: path, files = nodeFiles } = this.#options;
    const registry = await openRegistry(root, path, files).catch((error: unknown) => {
      for (const one of work) one.fail(error);
    });
    if (!registry) return;
    for (const one of work) {
      await this.#prepare(one, registry).catch((error: unknown) => one.fail(error));
    }
  }

  async #prepare(work: Work, registry: Registry): Promise<void> {
    const { root, clock, files = nodeFiles } = this.#options;
    const { mailbox } = work.target;
    const copy = await openCopy({ root, mailbox, registry, files, clock });
    work.copy = copy;
    const awaited = awaitedConsent(copy.state, this.#budget);
    if (awaited) throw consentNeeded(mailbox, awaited, this.#budget);
    copy.state = withConsent(copy.state, this.#budget);
    await readFolders(copy, files, clock);
    if (copy.state.uidvalidity !== 0) work.way = 'flight';
  }

  /** First all mailboxes that need one flight, in one; then, one by one, those that need a conversation. */
  async #converse(ready: readonly Work[]): Promise<void> {
    let session = await this.#open();
    await this.#fly(session, ready);
    for (const one of ready) {
      while (!one.outcome) session = await this.#talk(session, one);
    }
    await this.#logOut(session);
  }

  /** Sends the commands for every mailbox in step before the first reply, and LOGOUT where nothing else is left. */
  async #fly(session: MailSession, ready: readonly Work[]): Promise<void> {
    const inStep = ready.filter((one) => one.way === 'flight');
    const flights = inStep.map((one) => ({ one, flight: takeOff(session, this.#context(session, one)) }));
    const last = inStep.length === ready.length && flights.every(({ flight }) => flight.complete);
    const over = last ? this.#sayLogout(session) : undefined;
    for (const { one, flight } of flights) {
      await flight.landed.then(
        (how) => one.landed(how, this.#budget),
        (error: unknown) => this.#crashed(session, one, error),
      );
    }
    if (over !== undefined) await this.#waitForEnd(over);
  }

  /** Another mailbox may have ended the session for a reason of its own: this one then has another go. */
  #crashed(session: MailSession, work: Work, error: unknown): void {
    const by = this.#stopped.get(session);
    if (by === undefined || by === work || codeOf(error) !== 'session-lost') work.fail(error);
  }

  /** One mailbox, waiting for its replies; opens another session when this one takes no more commands. */
  async #talk(before: MailSession, work: Work): Promise<MailSession> {
    const session = this.#ended.has(before) ? await this.#open() : before;
    const context = this.#context(session, work);
    try {
      if (work.way === 'start-over') {
        await startOver(session, context);
        work.succeed(this.#budget);
      } else work.landed(await takeOff(session, context, work.way === 'flight').landed, this.#budget);
    } catch (error) {
      work.fail(error);
    }
    return session;
  }

  #context(session: MailSession, work: Work): FlightContext {
    const { log, hint } = this.#options;
    const copy = work.copy as Copy;
    const stop = async () => {
      this.#ended.add(session);
      this.#stopped.set(session, work);
      await dispose(session);
    };
    const holdBack = this.#budget.refuses(hint?.size ?? 0, copy.state.consented);
    const deflate = (bytes: number) => this.#deflate(session, bytes);
    const hintBytes = hint?.size ?? 0;
    return { copy, budget: this.#budget, tally: work.tally, log, holdBack, hintBytes, deflate, stop };
  }

  /** Refused or not, the session goes on; a lost one shows in the calls that follow. */
  #deflate(session: MailSession, expectedBytes: number): void {
    if (expectedBytes < WORTH_DEFLATING || !session.offers.compress || this.#deflated.has(session)) return;
    this.#deflated.add(session);
    session.compress?.().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the session goes on uncompressed');
    });
  }

  async #open(): Promise<MailSession> {
    const { open, signal } = this.#options;
    const opening = this.#opening ?? open(signal);
    this.#opening = undefined;
    const session = await opening;
    this.#sessions.push(session);
    return session;
  }

  async #logOut(session: MailSession): Promise<void> {
    if (!this.#ended.has(session)) await this.#waitForEnd(this.#sayLogout(session));
  }

  #sayLogout(session: MailSession): Promise<void> {
    this.#ended.add(session);
    const over = session.logout();
    over.catch(() => {});
    return over;
  }

  /** What was synchronised is safe by then, so a server that ends badly is no failure. */
  async #waitForEnd(over: Promise<void>): Promise<void> {
    const { clock, signal, log } = this.#options;
    await withDeadline(clock, { what: 'LOGOUT', ms: LOGOUT_MS, signal }, () => over).catch((error: unknown) =>
      log.debug({ err: error }, 'the session did not end in order'),
    );
  }

  #cost(): SessionCost {
    return this.#sessions.map((session) => session.cost()).reduce(sum, NO_COST);
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
