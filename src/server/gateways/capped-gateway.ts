import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { type Document, openDocument } from '../../base/document.ts';
import type { Files } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import { GatewayError, surelyNotSent } from './errors.ts';
import type { SmsGateway } from './gateway.ts';

/** What one text or call costs, and what a day and a month may cost, all in the same currency. */
export interface Caps {
  readonly cost: number;
  readonly perDay?: number | undefined;
  readonly perMonth?: number | undefined;
}

interface Surroundings {
  /** Directory of what the gateway remembers. */
  readonly state: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: Files;
}

/** In millionths of the currency, so that sums are exact. Days and months are those of UTC. */
const ledger = z.object({
  day: z.string(),
  spentToday: z.int().min(0),
  spentThisMonth: z.int().min(0),
});
type Ledger = z.infer<typeof ledger>;

const MILLIONTHS = 1_000_000;

/**
 * The gateway within its caps: what a text or call costs is written down durably before it is sent, and taken back
 * when surely nothing left. Over a cap it rejects with GatewayError `over-cap`, which says when it is free again.
 */
export async function cappedGateway(
  inner: SmsGateway,
  caps: Caps,
  around: Surroundings,
): Promise<SmsGateway> {
  const initial = { day: dayOf(around.clock.now()), spentToday: 0, spentThisMonth: 0 };
  const { files } = around;
  const path = join(around.state, 'ledger.json');
  const document = await openDocument({ path, schema: ledger, initial, ...(files ? { files } : {}) });
  const account = new Account(inner.name, document, caps, around);
  const { sendSms, ring } = inner;
  return {
    name: inner.name,
    ...(sendSms && {
      sendSms: (number, text, signal) => account.pay(() => sendSms.call(inner, number, text, signal)),
    }),
    ...(ring && {
      ring: (number, signal) =>
        account.pay(
          () => ring.call(inner, number, signal),
          (outcome) => outcome === 'refused',
        ),
    }),
  };
}

class Account {
  readonly #gateway: string;
  readonly #document: Document<Ledger>;
  readonly #caps: Caps;
  readonly #around: Surroundings;
  /** Which cap was told, and of which day. */
  #told = '';

  constructor(gateway: string, document: Document<Ledger>, caps: Caps, around: Surroundings) {
    this.#gateway = gateway;
    this.#document = document;
    this.#caps = caps;
    this.#around = around;
  }

  async pay<T>(work: () => Promise<T>, isFree: (result: T) => boolean = () => false): Promise<T> {
    const day = await this.#charge();
    try {
      const result = await work();
      if (isFree(result)) await this.#giveBack(day);
      return result;
    } catch (error) {
      if (surelyNotSent(error)) await this.#giveBack(day);
      throw error;
    }
  }

  /** Resolves, with the day that it was written down for, once it is on the disk. */
  async #charge(): Promise<string> {
    const now = this.#around.clock.now();
    const today = dayOf(now);
    // Kept also when nothing is charged: a clock that was ahead for a moment closes it for a day, not until then.
    if (today < this.#document.data.day) await this.#document.update((data) => turnTo(today, data));
    await this.#document.update((data) => {
      turnTo(today, data);
      this.#mustFit(data, now);
      data.spentToday += millionths(this.#caps.cost);
      data.spentThisMonth += millionths(this.#caps.cost);
    });
    return today;
  }

  #mustFit({ spentToday, spentThisMonth }: Ledger, now: number): void {
    const { cost, perDay, perMonth } = this.#caps;
    const fits = (spent: number, cap: number | undefined) =>
      cap === undefined || spent + millionths(cost) <= millionths(cap);
    if (!fits(spentThisMonth, perMonth)) throw this.#overCap(`${perMonth} a month`, monthAfter(now), now);
    if (!fits(spentToday, perDay)) throw this.#overCap(`${perDay} a day`, dayAfter(now), now);
  }

  #overCap(cap: string, freeAt: number, now: number): GatewayError {
    const until = new Date(freeAt).toISOString();
    const text = `${this.#gateway} has spent its cap of ${cap}: it sends nothing until ${until}`;
    const fields = { gateway: this.#gateway, cap, until };
    const told = `${dayOf(now)}: ${cap}`;
    if (told !== this.#told) this.#around.log.error(fields, text);
    this.#told = told;
    return new GatewayError(text, { code: 'over-cap', temporary: true, surely: true, freeAt, fields });
  }

  /** Only within the day and the month that it was charged to. */
  async #giveBack(day: string): Promise<void> {
    await this.#document.update((data) => {
      const cost = millionths(this.#caps.cost);
      if (data.day === day) data.spentToday = Math.max(0, data.spentToday - cost);
      if (monthOf(data.day) === monthOf(day)) data.spentThisMonth = Math.max(0, data.spentThisMonth - cost);
    });
  }
}

/** A new day and a new month start at nothing. A clock that was set back keeps what was spent: it opens no cap. */
function turnTo(today: string, data: Ledger): void {
  if (today > data.day) data.spentToday = 0;
  if (monthOf(today) > monthOf(data.day)) data.spentThisMonth = 0;
  data.day = today;
}

/** `2026-11-25`. */
function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

function monthOf(day: string): string {
  return day.slice(0, 7);
}

function dayAfter(now: number): number {
  const at = new Date(now);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1);
}

function monthAfter(now: number): number {
  const at = new Date(now);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
}

function millionths(amount: number): number {
  return Math.round(amount * MILLIONTHS);
}
