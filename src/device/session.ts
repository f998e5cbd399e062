import { withDeadline } from '../base/deadline.ts';
import { asError } from '../base/errors.ts';
import type { Bus } from '../bus/bus.ts';
import type { SyncRequest } from '../bus/topics.ts';
import type { Link } from '../link/link.ts';
import type { MailSession } from '../mail/session.ts';
import { Conversation } from './conversation.ts';
import { type Answer, decide } from './decide.ts';
import { DeviceError } from './errors.ts';
import type { Job, Outcome, SessionContext, SessionEnd } from './job.ts';
import { Meter } from './meter.ts';
import { deadlineSignal, Opening } from './opening.ts';
import { emptyOutbox, outboxRecord } from './outbox.ts';
import { Reporter } from './reporter.ts';
import type { OutboxRecord } from './state/history.ts';
import { covers, synchronise } from './synchronise.ts';
import { answerStep, causeInWords, sayCost, sayOutbox, saySync } from './words.ts';

/** More than this many synchronisations in one session are left to the next trigger. */
const MOST_ROUNDS = 3;

/**
 * One data session: dial, ask the message server, synchronise, report, hang up. A failure is an end like any
 * other; rejects only with the reason of `signal`, and then what was owed stays owed.
 */
export async function runSession(
  context: SessionContext,
  job: Job,
  signal: AbortSignal,
): Promise<SessionEnd> {
  const session = new Session(context, job);
  const outcome = await session.run(signal).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    return failed(error);
  });
  const { settled, ...came } = outcome;
  const cost = session.meter.cost();
  if (came.result === 'failed')
    context.observe({ name: 'failed', text: came.reason ?? 'the session failed' });
  context.observe({ name: 'closed', text: sayCost(cost), fields: { ...cost, result: came.result } });
  const { outbox } = session;
  const record = { at: context.state.time.now(), cause: job.cause, ...came, ...(outbox && { outbox }), cost };
  return { record, settled, covered: session.covered };
}

class Session {
  readonly meter: Meter;
  covered: number;
  outbox: OutboxRecord | undefined;
  readonly #context: SessionContext;
  readonly #job: Job;
  readonly #reporter: Reporter;
  #stop: AbortSignal | undefined;

  constructor(context: SessionContext, job: Job) {
    this.#context = context;
    this.#job = job;
    this.meter = new Meter(context.parts.clock);
    this.#reporter = new Reporter(context, job, this.meter);
    this.covered = context.state.pending.serial;
  }

  async run(signal: AbortSignal): Promise<Outcome> {
    const { parts, radio, observe } = this.#context;
    const { clock, policy } = parts;
    this.#stop = signal;
    using over = deadlineSignal(clock, { what: 'the session', ms: policy.sessionMs, signal });
    const open = this.#job.ownNetwork ? parts.openOwnNetwork : radio.openLink;
    await using data = this.#opening<Link>('the data session', (s) => open(s));
    const wait = { what: 'opening a data session', ms: policy.linkMs, signal: over.signal };
    const link = await withDeadline(clock, wait, (s) => data.start(s));
    this.meter.watch(link);
    observe({ name: 'data-session', text: `data session up, for ${causeInWords[this.#job.cause]}` });
    return await this.#overLink(link, AbortSignal.any([over.signal, lossOf(link)]));
  }

  async #overLink(link: Link, signal: AbortSignal): Promise<Outcome> {
    const { connectBus } = this.#context.parts;
    // Closed after the connection: what was still being stored is waited for, so that nothing writes afterwards.
    await using _stores = { [Symbol.asyncDispose]: () => this.#settleStores() };
    await using bus = this.#opening<Bus>('the connection to the message server', (s) => connectBus(link, s));
    if (this.#job.goal === 'settings') return await this.#tellOnly(bus, signal);
    await using mail = this.#mailOver(link);
    // A caller's number proves nothing, so after a call the mail server waits for the request; while off it does anyhow.
    const wanted = this.#job.cause === 'user' || this.#context.state.settings.effective.on;
    if (wanted && this.#job.cause !== 'call') mail.start(signal).catch(() => {});
    const outcome = await this.#act(link, mail, await this.#ask(bus, signal), signal);
    await this.#reporter.conversation?.flush(signal).catch(() => {});
    return outcome;
  }

  /** Tells settings and reports, without hello. */
  async #tellOnly(bus: Opening<Bus>, signal: AbortSignal): Promise<Outcome> {
    const { parts, state } = this.#context;
    const wait = { what: 'telling the message server', ms: parts.policy.requestMs, signal };
    await withDeadline(parts.clock, wait, async (s) => {
      const conversation = this.#converse(await bus.start(s), signal);
      await conversation.flush(s);
    });
    if (state.settings.changeUntold)
      throw new DeviceError('the message server did not take the settings', { code: 'server-silent' });
    return { result: 'settings', fetched: 0, fetchedBytes: 0, settled: false };
  }

  async #ask(bus: Opening<Bus>, signal: AbortSignal): Promise<Answer> {
    const { parts, state } = this.#context;
    const wait = { what: 'the request of the message server', ms: parts.policy.requestMs, signal };
    try {
      return await withDeadline(parts.clock, wait, async (s) => {
        const conversation = this.#converse(await bus.start(s), signal);
        this.covered = state.pending.serial;
        return { request: await conversation.answer(s) };
      });
    } catch (error) {
      signal.throwIfAborted();
      return { silent: error };
    }
  }

  async #act(link: Link, mail: Opening<MailSession>, answer: Answer, signal: AbortSignal): Promise<Outcome> {
    const { parts, state, observe, log } = this.#context;
    observe(answerStep(answer));
    const kept = state.pending.request;
    const decision = decide({
      cause: this.#job.cause,
      answer,
      on: state.settings.effective.on,
      kept: kept && kept.expires >= state.time.now() ? kept : undefined,
      fallBack: parts.policy.fallBack,
    });
    if (decision.do === 'fail') throw decision.error;
    if (decision.do === 'off') {
      observe({ name: 'ignored', text: 'synchronisation is switched off: mail waits on the server' });
      if (decision.request) await this.#reporter.report(decision.request, { reached: [], result: 'off' });
      return { ...NOTHING, result: 'off', reason: 'switched off' };
    }
    await this.#emptyOutbox(link, signal);
    if (decision.do === 'nothing') return { ...NOTHING, result: 'nothing' };
    if (decision.fallBack) log.warn('The message server is silent: synchronising without it');
    return await this.#rounds(link, mail, decision.request, signal);
  }

  async #emptyOutbox(link: Link, signal: AbortSignal): Promise<void> {
    const { parts, observe, log } = this.#context;
    const result = await emptyOutbox({ parts, link, signal });
    this.#stop?.throwIfAborted();
    this.meter.addRoundTrips(result.cost.roundTrips);
    this.outbox = outboxRecord(result);
    if (!this.outbox) return;
    const { sent, refused, left } = this.outbox;
    if (result.error) log.warn({ err: result.error }, 'Mail waits in the Outbox');
    observe({ name: 'submitted', text: sayOutbox(this.outbox), fields: { sent, refused, left } });
  }

  /** Synchronises, and once more for each request that came meanwhile and wants more than was reached. */
  async #rounds(
    link: Link,
    mail: Opening<MailSession>,
    first: SyncRequest | undefined,
    signal: AbortSignal,
  ): Promise<Outcome> {
    let outcome = await this.#round(link, mail, first, signal);
    for (let round = 1; round < MOST_ROUNDS && outcome.result === 'ok'; round += 1) {
      const next = this.#reporter.conversation?.further();
      if (!next || next.request === outcome.request) break;
      if (covers(outcome.reached, next)) {
        await this.#reporter.report(next, outcome);
        continue;
      }
      await using again = this.#mailOver(link);
      outcome = await this.#round(link, again, next, signal);
    }
    const { result, reason, request, fetched, fetchedBytes, settled } = outcome;
    return { result, ...(reason && { reason }), ...(request && { request }), fetched, fetchedBytes, settled };
  }

  async #round(
    link: Link,
    session: Opening<MailSession>,
    request: SyncRequest | undefined,
    signal: AbortSignal,
  ) {
    const { parts, state, observe } = this.#context;
    const covered = state.pending.serial;
    const done = await synchronise({ ...this.#job, parts, link, session, request, signal });
    // The agent is being stopped: that is no result, and the session stays owed.
    this.#stop?.throwIfAborted();
    this.meter.addRoundTrips(done.roundTrips);
    const { result, reason, fetched, fetchedBytes } = done;
    const text = done.detail ? saySync(done.detail) : (reason ?? 'the synchronisation failed');
    if (result !== 'failed') this.covered = covered;
    const fields = { result, fetched, fetchedBytes, roundTrips: done.roundTrips };
    observe({
      name: result === 'failed' ? 'failed' : 'synchronised',
      text: withReason(text, reason),
      fields,
    });
    const isTold = await this.#reporter.report(request, done);
    return { ...done, settled: result === 'ok' || isTold, request: request?.request };
  }

  async #settleStores(): Promise<void> {
    const { clock, policy } = this.#context.parts;
    const { conversation } = this.#reporter;
    if (!conversation) return;
    const wait = { what: 'storing what the message server said', ms: policy.closeMs };
    await withDeadline(clock, wait, () => conversation.settled()).catch((error: unknown) =>
      this.#context.log.warn({ err: error }, 'A session ended with something still to store'),
    );
  }

  #converse(bus: Bus, signal: AbortSignal): Conversation {
    const { parts, state, log } = this.#context;
    const cause = this.#job.goal === 'settings' ? undefined : this.#job.cause;
    const { device, keys, clock } = parts;
    const conversation = new Conversation({ bus, device, keys, cause, state, clock, log, signal });
    this.#reporter.conversation = conversation;
    conversation.begin();
    return conversation;
  }

  #mailOver(link: Link): Opening<MailSession> {
    return this.#opening('the mail session', (s) => this.#context.parts.mail.open(link, s));
  }

  #opening<T extends AsyncDisposable>(what: string, open: (signal: AbortSignal) => Promise<T>): Opening<T> {
    const { parts, log } = this.#context;
    return new Opening({ what, open, clock: parts.clock, log, closeMs: parts.policy.closeMs });
  }
}

const NOTHING = { fetched: 0, fetchedBytes: 0, settled: true } as const;

function failed(error: unknown): Outcome {
  return { result: 'failed', reason: asError(error).message, fetched: 0, fetchedBytes: 0, settled: false };
}

function withReason(text: string, reason: string | undefined): string {
  return reason && reason !== text ? `${text} (${reason})` : text;
}

/** Fires when the data session is lost. */
function lossOf(link: Link): AbortSignal {
  const lost = new AbortController();
  void link.closed.then((error) => lost.abort(error ?? new Error('the data session was closed')));
  return lost.signal;
}
