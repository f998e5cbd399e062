import type { Policy } from '../../../../src/server/message/policy.ts';
import { findTokens } from '../../../../src/trigger/token.ts';
import { HOUR } from '../../../support/message-office.ts';

const DAY = 24 * HOUR;

/** What crossed the edges for one device, and what therefore must not follow. Times are milliseconds since 1970. */
export class Rules {
  readonly broken: string[] = [];
  /** When the triggers began that left. */
  readonly rung: number[] = [];
  on = true;
  intervalMs: number;
  lastSync = Number.NEGATIVE_INFINITY;
  /** Something was done about it: a try at a gateway, or a word of the device. */
  lastCare = Number.NEGATIVE_INFINITY;
  #atGateway = 0;
  #attempts = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  #cameAt = Number.NEGATIVE_INFINITY;
  #counter = 0;
  #began = 0;
  /** Nobody told the server that these did not leave: they count for it. */
  readonly #unknown: number[] = [];
  #lastMail = Number.NEGATIVE_INFINITY;
  readonly #device: string;
  readonly #policy: Policy;

  constructor(device: string, policy: Policy) {
    this.#device = device;
    this.#policy = policy;
    this.intervalMs = policy.defaultIntervalSeconds * 1000;
  }

  /** A gateway is called. */
  called(now: number, text: string): void {
    const [found] = findTokens(text);
    const counter = found && 'token' in found ? found.token.counter : 0;
    this.lastCare = now;
    if (!this.on) this.#breaks(now, 'rung while off');
    if (now < this.lastSync + this.intervalMs) this.#breaks(now, 'rung sooner than the interval');
    if (this.#atGateway > 0) this.#breaks(now, 'two triggers at gateways at once');
    // At one instant, a hello may be on its way while the trigger leaves.
    if (now < this.#notBefore && now !== this.#cameAt) this.#breaks(now, 'rung while a report is awaited');
    const end = this.#attempts >= this.#policy.ladder.length;
    if (end && this.#lastMail < (this.rung.at(-1) ?? 0))
      this.#breaks(now, 'rung beyond the end of the ladder');
    if (this.#count(now, HOUR) >= this.#policy.perHour) this.#breaks(now, 'over the budget of an hour');
    if (this.#count(now, DAY) >= this.#policy.perDay) this.#breaks(now, 'over the budget of a day');
    if (this.#count(now, 30 * DAY) >= this.#policy.perMonth) this.#breaks(now, 'over the budget of a month');
    if (counter < this.#counter) this.#breaks(now, 'a counter that fell');
    // The next gateway after one that failed: the same trigger.
    if (counter !== this.#counter) this.#began = now;
    this.#counter = counter;
    this.#atGateway += 1;
  }

  mailArrived(now: number): void {
    this.#lastMail = now;
  }

  /** The gateway is through with it; `left`: the network took it. */
  through(now: number, left: boolean): void {
    this.#atGateway -= 1;
    if (!left) return;
    this.rung.push(this.#began);
    const { ladder } = this.#policy;
    this.#notBefore = now + (ladder[Math.min(this.#attempts, ladder.length - 1)]?.waitMs ?? 0);
    this.#attempts += 1;
  }

  /** The server died in the middle of a call to a gateway; perhaps it left. It will be made again at once. */
  interrupted(left: boolean): void {
    if (this.#atGateway === 0) return;
    this.#atGateway = 0;
    if (left) this.rung.push(this.#began);
    else this.#unknown.push(this.#began);
  }

  /** The device was given a request: its session has its time. */
  cameBy(now: number): void {
    this.lastCare = now;
    this.#attempts = 0;
    this.#cameAt = now;
    this.#notBefore = now + this.#policy.sessionMs;
  }

  /** The server took a report. */
  reported(now: number, synchronised: boolean): void {
    this.lastCare = now;
    this.#again();
    if (synchronised) this.lastSync = now;
  }

  /** Before the server is told of an on, after it was told of an off. */
  switched(on: boolean, now: number): void {
    this.on = on;
    this.lastCare = now;
    this.#again();
  }

  /** Whether nothing may be sent at this time for its budgets. */
  outOfBudget(now: number): boolean {
    const { perHour, perDay, perMonth } = this.#policy;
    const unknown = (window: number) => this.#unknown.filter((at) => at > now - window).length;
    const counted = (window: number) => this.#count(now, window) + unknown(window);
    return counted(HOUR) >= perHour || counted(DAY) >= perDay || counted(30 * DAY) >= perMonth;
  }

  #again(): void {
    this.#attempts = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  #count(now: number, window: number): number {
    return this.rung.filter((at) => at > now - window).length;
  }

  #breaks(now: number, what: string): void {
    this.broken.push(`${this.#device} at ${new Date(now).toISOString()}: ${what}`);
  }
}
