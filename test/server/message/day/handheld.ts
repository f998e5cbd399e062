import { type Request, type Trigger, topics } from '../../../../src/bus/topics.ts';
import { findTokens } from '../../../../src/trigger/token.ts';
import { HOUR, MINUTE } from '../../../support/message-office.ts';
import type { Rules } from './rules.ts';
import type { World } from './world.ts';

const SECOND = 1000;

/** One device and its mailbox. */
export class Handheld {
  readonly device: string;
  readonly rules: Rules;
  /** UIDNEXT at the mail server, and what was reported and acknowledged. */
  uidnext = 1;
  reached = 1;
  /** Since when it owes, as the message server has acknowledged. */
  owesSince = Number.POSITIVE_INFINITY;
  /** Out of reach from the first to the second time. */
  away: readonly [number, number] = [0, 0];
  readonly #world: World;
  readonly #unacknowledged = new Map<string, Trigger>();
  #request: string | undefined;
  #awake = false;
  /** Its hello is not answered yet. */
  #greets = false;
  #counter = 0;
  #revision = 0;

  constructor(device: string, rules: Rules, world: World) {
    this.device = device;
    this.rules = rules;
    this.#world = world;
  }

  get inStep(): boolean {
    return this.reached >= this.uidnext;
  }

  isAway(now: number): boolean {
    return now >= this.away[0] && now < this.away[1];
  }

  /** New mail: the mail server tells it until it is acknowledged. */
  arrived(count: number): void {
    this.uidnext += count;
    this.rules.mailArrived(this.#world.clock.now());
    const { device, uidnext } = this;
    const event = `${device}.${uidnext}`;
    const place = { mailbox: 'INBOX', uidvalidity: 7, uidnext };
    this.#unacknowledged.set(event, { event, device, ...place, count, size: 1000 * count });
    this.resend();
  }

  resend(): void {
    for (const trigger of this.#unacknowledged.values())
      void this.#world.bus.deliver(topics.trigger, trigger);
  }

  acknowledged(event: string, now: number): void {
    if (!this.#unacknowledged.delete(event)) return;
    if (this.owesSince === Number.POSITIVE_INFINITY) this.owesSince = now;
  }

  /** A text, or nothing: out of reach it comes late, or never. */
  texted(text: string): void {
    const { random, clock } = this.#world;
    const [found] = findTokens(text);
    if (found && 'token' in found) this.#counter = found.token.counter;
    const late = this.isAway(clock.now());
    if (late && random() < 0.5) return;
    const at = (late ? this.away[1] : clock.now()) + (3 + random() * 30) * SECOND;
    this.#world.at(at, () => this.session('sms'));
  }

  /** One session, if it is in reach: hello, request, synchronisation, report. Some break in the middle. */
  session(cause: 'sms' | 'poll'): void {
    const { clock, random } = this.#world;
    if (this.#awake || this.isAway(clock.now()) || (cause === 'sms' && !this.rules.on)) return;
    this.#awake = true;
    this.#request = undefined;
    const hello = { cause, counter: this.#counter, settings: this.#revision };
    this.#greets = true;
    void this.#world.bus.deliver(topics.hello(this.device), hello).then(() => {
      this.#greets = false;
    });
    this.#world.at(clock.now() + (20 + random() * 40) * SECOND, () => this.#finish(cause));
  }

  requested(request: Request, now: number): void {
    if (!this.#awake || request.do !== 'sync') return;
    this.#request = request.request;
    // What comes later is the request of the next trigger, which is at the gateway already.
    if (this.#greets) this.rules.cameBy(now);
  }

  #finish(cause: 'sms' | 'poll'): void {
    const { random, clock } = this.#world;
    this.#awake = false;
    if (this.#request === undefined || random() < 0.03) return;
    const failed = random() < 0.02;
    const { uidnext } = this;
    const report = {
      request: this.#request,
      reached: failed ? [] : [{ mailbox: 'INBOX', uidvalidity: 7, uidnext }],
      result: failed ? ('failed' as const) : ('ok' as const),
      cause,
      cost: { seconds: 20, bytesUp: 900, bytesDown: 5000, roundTrips: 4 },
      at: clock.now(),
    };
    const deliver = async (): Promise<void> => {
      // Kept until the server has it: the mails are on the device, whatever becomes of the report.
      this.rules.reported(clock.now(), !failed);
      const taken = await this.#world.bus.deliver(topics.report(this.device), report);
      if (!taken) return this.#world.at(clock.now() + MINUTE, () => void deliver());
      if (failed) return;
      this.reached = Math.max(this.reached, uidnext);
      this.owesSince = this.inStep ? Number.POSITIVE_INFINITY : clock.now();
    };
    void deliver();
  }

  /** The user switches at the device (its document) or at the server. */
  async switch(on: boolean, intervalSeconds: number, where: 'device' | 'server'): Promise<void> {
    const { clock, bus, server } = this.#world;
    const tell = async (): Promise<boolean> => {
      if (where === 'server') {
        return server.setSettings(this.device, { on, intervalSeconds }).then(
          () => true,
          () => false,
        );
      }
      this.#revision += 1;
      const document = { on, intervalSeconds, revision: this.#revision, seen: 0 };
      return bus.deliver(topics.deviceSettings(this.device), document);
    };
    if (on) {
      this.rules.switched(true, clock.now());
      this.rules.intervalMs = Math.min(this.rules.intervalMs, intervalSeconds * SECOND);
    }
    if (!(await tell()))
      return this.#world.at(clock.now() + MINUTE, () => void this.switch(on, intervalSeconds, where));
    this.rules.switched(on, clock.now());
    this.rules.intervalMs = intervalSeconds * SECOND;
    if (on && !this.inStep) this.owesSince = clock.now();
  }

  /** Why it is all right that mail still waits, or undefined: it was forgotten. `patience` is the longest wait. */
  excuse(now: number, patience: number, phase: string | undefined): string | undefined {
    if (this.inStep || this.owesSince + patience > now) return 'in step';
    if (!this.rules.on) return 'off';
    if (phase === 'exhausted' && this.rules.rung.length > 0) return 'exhausted';
    if (this.rules.lastCare + patience > now) return 'under way';
    if (this.rules.outOfBudget(now)) return 'out of budget';
    return undefined;
  }
}

export const PATIENCE = 2 * HOUR;
