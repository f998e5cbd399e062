import type { SimulatedClock } from '../../../../src/base/simulated-clock.ts';
import { GatewayError } from '../../../../src/server/gateways/errors.ts';
import type { SmsGateway } from '../../../../src/server/gateways/gateway.ts';
import type { Handheld } from './handheld.ts';

const SECOND = 1000;

export interface Trouble {
  /** Whether this gateway is out of order at this time. */
  down(now: number): boolean;
  random(): number;
  find(number: string): Handheld;
}

/** A provider: takes its time, fails now and then, and is out of order for hours. It dies with the server process. */
export class DayGateway implements SmsGateway {
  readonly name: string;
  calls = 0;
  failures = 0;
  #alive = true;
  readonly #clock: SimulatedClock;
  readonly #trouble: Trouble;
  readonly #under = new Map<Handheld, boolean>();

  constructor(name: string, clock: SimulatedClock, trouble: Trouble) {
    this.name = name;
    this.#clock = clock;
    this.#trouble = trouble;
  }

  async sendSms(number: string, text: string): Promise<void> {
    if (!this.#alive) return new Promise(() => {});
    const handheld = this.#trouble.find(number);
    const { random, down } = this.#trouble;
    this.calls += 1;
    handheld.rules.called(this.#clock.now(), text);
    const early = random() < 0.5;
    const fails = down(this.#clock.now()) || random() < 0.02;
    this.#under.set(handheld, early && !fails);
    if (early && !fails) handheld.texted(text);
    await this.#clock.sleep((1 + Math.floor(random() * 15)) * SECOND);
    if (!this.#alive) return new Promise(() => {});
    this.#under.delete(handheld);
    handheld.rules.through(this.#clock.now(), !fails);
    if (!fails && !early) handheld.texted(text);
    if (!fails) return;
    this.failures += 1;
    throw new GatewayError(`${this.name}: 503`, { code: 'refused', temporary: true, surely: true });
  }

  die(): void {
    this.#alive = false;
    for (const [handheld, left] of this.#under) handheld.rules.interrupted(left);
  }
}
