import { codeOf } from '../../base/errors.ts';
import type { MailSession } from '../session.ts';
import { Budget } from './budget.ts';
import type { Copy } from './copy.ts';
import { type FlightContext, takeOff } from './flight.ts';
import { fetchNewest } from './newest.ts';
import type { SyncOptions } from './options.ts';
import { type Prepared, prepare } from './prepare.ts';
import type { SyncResult } from './result.ts';
import { fetchOwed, startOver } from './scratch.ts';
import { Sessions } from './sessions.ts';
import { resolveSending } from './upload/in-doubt.ts';
import { upload } from './upload/upload.ts';
import { hasChanges } from './upload/uploading.ts';
import { bringWhole, partialWanted } from './whole.ts';
import type { Work } from './work.ts';

/**
 * Brings the device's copy of each mailbox and the server's in step, both ways; one flight when the copy was in step before,
 * the server has QRESYNC and nothing changed here. Mailboxes that changed here are taken along whether they are targets or not.
 * Never rejects for what happens to a mailbox or a session: the result says it, with what was reached until then.
 */
export async function synchronise(options: SyncOptions): Promise<SyncResult> {
  await using run = new Run(options);
  return await run.result();
}

class Run implements AsyncDisposable {
  readonly #options: SyncOptions;
  readonly #budget: Budget;
  readonly #sessions: Sessions;

  constructor(options: SyncOptions) {
    this.#options = options;
    this.#budget = new Budget(options.budgetBytes, options.consent ?? false, options.sessionBytes);
    this.#sessions = new Sessions(options);
  }

  async result(): Promise<SyncResult> {
    const prepared = await prepare(this.#options, this.#budget, () => this.#sessions.current());
    const ready = prepared.work.filter((one) => !one.outcome);
    if (ready.length > 0) {
      await this.#converse(ready, prepared).catch((error: unknown) => {
        for (const one of ready) if (!one.outcome) one.fail(error);
      });
    }
    return { mailboxes: prepared.work.flatMap((one) => one.outcome ?? []), cost: this.#sessions.cost() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sessions[Symbol.asyncDispose]();
  }

  /** First all mailboxes that need one flight, in one; then, one by one, those that need a conversation; then what goes up. */
  async #converse(ready: readonly Work[], prepared: Prepared): Promise<void> {
    await this.#fly(await this.#sessions.current(), ready);
    for (const one of ready) {
      while (!one.outcome) await this.#talk(one);
    }
    await this.#upload(ready, prepared);
    await this.#bringWhole(ready);
    await this.#sessions.waitForEnd(this.#sessions.sayLogout());
  }

  /** Sends the commands for every mailbox in step before the first reply, and LOGOUT where nothing else is left. */
  async #fly(session: MailSession, ready: readonly Work[]): Promise<void> {
    const inStep = ready.filter((one) => one.way === 'flight');
    const flights = inStep.map((one) => {
      this.#sessions.select(session, one);
      return { one, flight: takeOff(session, this.#context(session, one)) };
    });
    const isAll = inStep.length === ready.length && flights.every(({ flight }) => flight.complete);
    const isLast = isAll && !ready.some(goesUp) && !this.#options.fetch?.length;
    const over = isLast ? this.#sessions.sayLogout() : undefined;
    for (const { one, flight } of flights) {
      await flight.landed.then(
        (how) => one.landed(how, this.#budget),
        (error: unknown) => this.#crashed(session, one, error),
      );
    }
    if (over !== undefined) await this.#sessions.waitForEnd(over);
  }

  /** Another mailbox may have ended the session for a reason of its own: this one then has another go. */
  #crashed(session: MailSession, work: Work, error: unknown): void {
    const by = this.#sessions.stoppedBy(session);
    if (by === undefined || by === work || codeOf(error) !== 'session-lost') work.fail(error);
  }

  /** One mailbox, waiting for its replies; opens another session when this one takes no more commands. */
  async #talk(work: Work): Promise<void> {
    const session = await this.#sessions.current();
    const context = this.#context(session, work);
    if (work.way !== 'newest') this.#sessions.select(session, work);
    try {
      if (work.way === 'start-over') {
        await startOver(session, context);
        work.succeed(this.#budget);
      } else if (work.way === 'resume') await this.#resume(session, work);
      else if (work.way === 'newest') {
        await fetchNewest(await this.#sessions.selection(), context);
        work.succeed(this.#budget);
      } else work.landed(await takeOff(session, context, work.way === 'flight').landed, this.#budget);
    } catch (error) {
      work.fail(error);
    }
  }

  /** What may be among the server's new messages is looked for before these are brought. */
  async #resume(session: MailSession, work: Work): Promise<void> {
    const context = this.#context(session, work);
    const how = await takeOff(session, { ...context, holdBack: true }).landed;
    if (how === 'renumbered' || how === 'ask-flags') return work.landed(how, this.#budget);
    await resolveSending(await this.#sessions.selection(), context.copy);
    if (how === 'newest-first') return work.landed(how, this.#budget);
    if (!context.holdBack) await fetchOwed(session, context, { exists: 1 });
    work.succeed(this.#budget);
  }

  async #upload(ready: readonly Work[], { work, others, elsewhere }: Prepared): Promise<void> {
    const uploading = ready.flatMap((one) => one.uploading ?? []);
    if (!uploading.some(({ copy }) => hasChanges(copy))) return;
    const selection = await this.#sessions.selection();
    const all = [...work, ...others];
    const copies = all.flatMap(({ copy }) => copy ?? []);
    // Where a message was filed is known only when all copies could be read.
    const sees = all.every(({ copy }) => copy?.isRead);
    await upload(selection, { uploading, copies, elsewhere, sees }).catch((error: unknown) => {
      for (const one of uploading) one.fail(error);
    });
    for (const one of ready) one.refresh();
  }

  /** The rest of messages that were only begun. */
  async #bringWhole(ready: readonly Work[]): Promise<void> {
    for (const one of ready) {
      const { copy, tally } = one;
      if (!copy || !one.isInStep) continue;
      const partial = await partialWanted(copy, this.#options.fetch ?? []);
      if (partial.length === 0) continue;
      const selection = await this.#sessions.selection();
      await bringWhole(selection, { copy, tally, budget: this.#budget }, partial).then(
        () => one.refresh(),
        (error: unknown) => one.fail(error),
      );
    }
  }

  #context(session: MailSession, work: Work): FlightContext {
    const { log, hint } = this.#options;
    const copy = work.copy as Copy;
    const stop = () => this.#sessions.stop(session, work);
    const limit = this.#options.wholeUpTo;
    const { count = 0, size = 0 } = hint ?? {};
    const hintBytes = limit === undefined ? size : Math.min(size, count * limit);
    const newestFirst = !this.#budget.fits(hintBytes, copy.state.consented);
    const holdBack = newestFirst || this.#budget.refuses(hintBytes, copy.state.consented);
    const { acceptsDeletions, tally } = work;
    const selection = this.#sessions.selectionOf(session);
    const told = { holdBack, newestFirst, hintBytes, limit, acceptsDeletions };
    const deflate = (bytes: number) => this.#sessions.deflate(session, bytes);
    return { copy, budget: this.#budget, tally, log, selection, deflate, stop, ...told };
  }
}

function goesUp({ copy }: Work): boolean {
  return copy !== undefined && hasChanges(copy);
}
