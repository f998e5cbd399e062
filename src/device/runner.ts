import { abortable, withDeadline } from '../base/deadline.ts';
import { type Settlable, settlable } from '../base/settlable.ts';
import type { Observe } from '../base/steps.ts';
import type { WholeWanted } from '../mail/partial/wanted.ts';
import { DeviceError } from './errors.ts';
import type { Job, SessionEnd } from './job.ts';
import type { DeviceParts, Radio } from './parts.ts';
import { Schedule } from './schedule.ts';
import { runSession } from './session.ts';
import type { BudgetKind } from './state/budget.ts';
import type { SessionRecord } from './state/history.ts';
import type { State } from './state/state.ts';

/** What the user wants of the next session. */
export interface WishFor {
  /** Agrees to a large initial download. */
  readonly consent?: boolean | undefined;
  /** Partial messages that are to come whole. */
  readonly fetch?: WholeWanted | undefined;
  /** Over the network that the machine has anyhow, where nothing is paid for: all mails come whole. */
  readonly ownNetwork?: boolean | undefined;
  /** Mailboxes in which it is right that many messages went at once, here or at the server. */
  readonly acceptDeletions?: readonly string[] | undefined;
}

type Wish = Settlable<SessionRecord> & WishFor;

/** Opens the sessions that are due, one at a time: the user's, a trigger's, the settings', the poll's. */
export class Runner {
  readonly #parts: DeviceParts;
  readonly #state: State;
  readonly #observe: Observe;
  readonly #schedule: Schedule;
  #wishes: Wish[] = [];
  #wake = settlable();
  #running: Job | undefined;

  constructor(parts: DeviceParts, state: State, observe: Observe) {
    this.#parts = parts;
    this.#state = state;
    this.#observe = observe;
    this.#schedule = new Schedule(state, parts.policy, parts.clock);
  }

  /** The session that is open now. */
  get running(): Job | undefined {
    return this.#running;
  }

  /** The user wants a session; several wishes share the next one. */
  wish(wanted: WishFor): Promise<SessionRecord> {
    const wish = { ...settlable<SessionRecord>(), ...wanted };
    this.#wishes.push(wish);
    this.#wake.resolve();
    return wish.promise;
  }

  refuseWishes(error: Error): void {
    for (const wish of this.#wishes.splice(0)) wish.reject(error);
  }

  /** A session is owed to a new trigger. */
  owedNow(): void {
    this.#schedule.owedNow();
    this.#wake.resolve();
  }

  /** The user changed the settings. */
  settingsNow(): void {
    this.#schedule.settingsNow();
    this.#wake.resolve();
  }

  /** Works until the signal fires; rejects with its reason then, or with an error of the disk. */
  async run(radio: Radio, signal: AbortSignal): Promise<never> {
    for (;;) {
      signal.throwIfAborted();
      const wishes = this.#wishes.splice(0);
      const job = wishes.length > 0 ? wishOf(wishes) : this.#schedule.due();
      if (!job) await this.#rest(signal);
      else if (await this.#mayStart(job)) await this.#open(radio, job, wishes, signal);
    }
  }

  /** Until a trigger, a wish or a change comes, or the next retry or poll is due. */
  async #rest(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wait = this.#schedule.untilDue();
    const alarm = wait === undefined ? [] : [this.#parts.clock.sleep(wait, woken.signal).catch(() => {})];
    try {
      await abortable(Promise.race([this.#wake.promise, ...alarm]), signal);
    } finally {
      woken.abort();
      this.#wake = settlable();
    }
  }

  /** Off and a used-up budget end what a trigger or the poll asked for; its mail waits on the server. */
  async #mayStart(job: Job): Promise<boolean> {
    const { budget, settings, pending, time } = this.#state;
    if (job.cause === 'user') return true;
    if (isOwed(job) && (pending.owed?.attempts ?? 0) >= this.#parts.policy.mostTries) {
      await this.#giveUp();
      return false;
    }
    const isOff = job.cause === 'sms' ? settings.ignoresTriggers : !settings.effective.on;
    const off = isOff ? 'synchronisation is switched off' : undefined;
    const refusal = off ?? budget.refusal(budgetOf(job), time.now());
    if (!refusal) return true;
    this.#parts.log.warn({ cause: job.cause }, `No session: ${refusal}. Mail waits on the server`);
    this.#observe({ name: 'ignored', text: `no session: ${refusal}`, fields: { cause: job.cause } });
    if (job.cause === 'poll') this.#schedule.pollLater();
    else await pending.settle(pending.serial);
    return false;
  }

  async #open(radio: Radio, job: Job, wishes: readonly Wish[], signal: AbortSignal): Promise<void> {
    const { pending, budget, time } = this.#state;
    this.#running = job;
    try {
      if (isOwed(job)) await pending.attempt();
      await budget.start(budgetOf(job), time.now());
      const { log } = this.#parts;
      const context = { parts: this.#parts, radio, state: this.#state, observe: this.#observe, log };
      const end = await runSession(context, job, signal);
      await this.#finish(job, end);
      for (const wish of wishes) wish.resolve(end.record);
    } catch (error) {
      for (const wish of wishes) wish.reject(error);
      throw error;
    } finally {
      this.#running = undefined;
    }
    await this.#sweep(radio, signal);
  }

  async #finish(job: Job, { record, settled, covered }: SessionEnd): Promise<void> {
    const { pending, budget, history, time } = this.#state;
    const { cost, ...came } = record;
    this.#parts.log.info({ ...came, ...cost }, `Session ended: ${record.result}`);
    const bytes = job.ownNetwork ? 0 : cost.bytesUp + cost.bytesDown;
    await budget.spend(budgetOf(job), bytes, time.now());
    await history.add(record);
    await time.store();
    this.#schedule.pollLater();
    if (settled) await pending.settle(covered);
    else if (isOwed(job) && !this.#schedule.retryOwed()) await this.#giveUp();
    if (job.goal === 'settings' && record.result === 'failed') this.#schedule.retrySettings();
  }

  async #giveUp(): Promise<void> {
    const { pending } = this.#state;
    this.#parts.log.warn({ attempts: pending.owed?.attempts }, 'The owed session is given up');
    this.#observe({ name: 'failed', text: 'given up until the server rings again' });
    await pending.settle(pending.serial);
  }

  /** With one UART the modem is deaf in a session: what came meanwhile lies in its store. */
  async #sweep({ modem }: Radio, signal: AbortSignal): Promise<void> {
    const { clock, policy, log } = this.#parts;
    const wait = { what: 'sweeping the stored SMS', ms: policy.sweepMs, signal };
    try {
      const found = await withDeadline(clock, wait, (s) => modem.sweep(s));
      this.#observe({ name: 'swept', text: `${found} stored SMS found`, fields: { found } });
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, 'The SMS store could not be swept');
    }
  }
}

export function noModem(cause?: unknown): DeviceError {
  return new DeviceError('the modem is not there', { code: 'no-modem', temporary: true, cause });
}

export function stopped(): DeviceError {
  return new DeviceError('the agent is being stopped', { code: 'device-stopped', temporary: true });
}

function wishOf(wishes: readonly Wish[]): Job {
  return {
    cause: 'user',
    goal: 'synchronise',
    consent: wishes.some((wish) => wish.consent),
    // Who does not ask for it may have no other network.
    ownNetwork: wishes.every((wish) => wish.ownNetwork),
    fetch: wishes.flatMap(({ fetch }) => fetch ?? []),
    acceptDeletions: wishes.flatMap(({ acceptDeletions }) => acceptDeletions ?? []),
  };
}

function isOwed({ cause }: Job): boolean {
  return cause === 'sms' || cause === 'call';
}

function budgetOf({ cause }: Job): BudgetKind {
  return cause === 'poll' ? 'sms' : cause;
}
