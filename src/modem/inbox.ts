import { Mutex } from '../base/mutex.ts';
import type { Observe } from '../base/steps.ts';
import type { ModemContext } from './context.ts';
import { ModemError } from './errors.ts';
import type { Sms } from './modem.ts';
import { type Assembled, Assembler } from './sms/assembler.ts';
import { type Deliver, decodeReceived, type StatusReport } from './sms/decode.ts';
import { describePdu } from './sms/describe.ts';
import type { Place, SmsStore, Stored } from './sms-store.ts';

export interface InboxOptions {
  readonly context: ModemContext;
  readonly store: SmsStore;
  readonly observe: Observe;
  /** Takes a whole message; false when it has no room now. The message then stays for a later sweep. */
  readonly hand: (sms: Sms) => boolean;
}

/** What is known of a stored message that was seen before. */
interface Known {
  readonly place: Place;
  readonly pdu: string;
  /** `waiting`: a part of an incomplete message, or handed over; `unreadable`: no PDU; `done`: to be deleted. */
  state: 'waiting' | 'unreadable' | 'done';
}

/** Outgoing messages begin here (3GPP TS 27.005 3.1, <stat>). */
const FIRST_OUTGOING = 2;

/**
 * Turns stored messages into `Sms`. A message is handed over once for as long as it lies at its place
 * unchanged; after a restart it is handed over again. What nobody can use is deleted only when the store is
 * nearly full, oldest incomplete messages first.
 */
export class Inbox {
  readonly #context: ModemContext;
  readonly #store: SmsStore;
  readonly #observe: Observe;
  readonly #hand: (sms: Sms) => boolean;
  readonly #assembler: Assembler<Known>;
  readonly #known = new Map<string, Known>();
  readonly #turn = new Mutex();

  constructor({ context, store, observe, hand }: InboxOptions) {
    this.#context = context;
    this.#store = store;
    this.#observe = observe;
    this.#hand = hand;
    this.#assembler = new Assembler({
      clock: context.clock,
      onGivenUp: (parts) => this.#forget(parts),
    });
  }

  /** Reads what a +CMTI or +CDSI announced. */
  arrived(place: Place, signal: AbortSignal): Promise<void> {
    return this.#turn.run(async () => {
      const stored = await this.#store.read(place, signal);
      if (!stored) return this.#context.log.debug(place, 'nothing lies where an SMS was announced');
      const text = `new SMS at ${place.storage} ${place.index}: ${describePdu(stored.pdu, 'deliver')}`;
      this.#observe({ name: 'cmti', text, fields: { ...place } });
      await this.#take(stored, signal);
      await this.#relieve(place.storage, signal);
    });
  }

  /** Reads all storages; returns how many messages were handed over. */
  sweep(signal?: AbortSignal): Promise<number> {
    return this.#turn.run(async () => {
      let handed = 0;
      for (const storage of this.#store.storages) handed += await this.#sweepStorage(storage, signal);
      return handed;
    });
  }

  async #sweepStorage(storage: string, signal?: AbortSignal): Promise<number> {
    const listed = await this.#store.list(storage, signal);
    this.#forgetGone(storage, listed);
    let handed = 0;
    for (const stored of listed) if (await this.#take(stored, signal)) handed += 1;
    this.#context.log.debug({ storage, found: listed.length, handed }, 'swept the SMS store');
    await this.#relieve(storage, signal);
    return handed;
  }

  /** Returns whether a whole message was handed over. */
  async #take(stored: Stored, signal?: AbortSignal): Promise<boolean> {
    if (stored.status >= FIRST_OUTGOING) return false;
    const known = this.#known.get(keyOf(stored));
    if (known?.pdu === stored.pdu) {
      if (known.state === 'done') await this.#remove(stored, signal);
      return false;
    }
    const message = this.#decode(stored);
    if (message?.type === 'status-report') await this.#dispose(stored, message, signal);
    return message?.type === 'deliver' && this.#deliver(stored, message);
  }

  #decode(stored: Stored): Deliver | StatusReport | undefined {
    const { storage, index, pdu } = stored;
    try {
      return decodeReceived(pdu);
    } catch (error) {
      if (!(error instanceof ModemError)) throw error;
      this.#know(stored, 'unreadable');
      this.#context.log.warn({ storage, index, reason: error.message }, 'an SMS cannot be read; it stays');
      return undefined;
    }
  }

  #deliver(stored: Stored, message: Deliver): boolean {
    const whole = this.#assembler.add(message, this.#know(stored, 'waiting'));
    if (!whole) return false;
    const handed = this.#hand(this.#smsOf(whole));
    // No room: as if nobody had seen it, so that the next sweep finds it.
    if (!handed) this.#forget(whole.origins);
    return handed;
  }

  async #dispose(stored: Stored, report: StatusReport, signal?: AbortSignal): Promise<void> {
    const { reference, outcome, status } = report;
    this.#context.log.info({ reference, outcome, status, to: report.to.text }, 'SMS status report');
    await this.#remove(stored, signal);
  }

  #smsOf(whole: Assembled<Known>): Sms {
    const { from, text, sentAt, octets, port, origins } = whole;
    return {
      kind: 'sms',
      from,
      text,
      sentAt,
      ...(octets ? { data: { bytes: octets, port } } : {}),
      done: () => this.#turn.run(() => this.#finish(origins)),
    };
  }

  /** What cannot be deleted now is marked, and deleted by the next sweep instead of being handed over again. */
  async #finish(parts: readonly Known[]): Promise<void> {
    for (const part of parts) part.state = 'done';
    for (const part of parts) if (this.#isThere(part)) await this.#remove(part.place);
  }

  /** Whether it still lies at its place: that may hold another message by now. */
  #isThere(known: Known): boolean {
    return this.#known.get(keyOf(known.place)) === known;
  }

  async #remove(place: Place, signal?: AbortSignal): Promise<void> {
    await this.#store.remove(place, signal);
    this.#known.delete(keyOf(place));
  }

  /** Deletes what nobody can use, oldest first, until the store is not nearly full any more. */
  async #relieve(storage: string, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const usage = await this.#store.usage(storage, signal);
      if (!usage || usage.total - usage.used > Math.max(1, usage.total / 10)) return;
      const useless = this.#useless().filter((known) => this.#isThere(known));
      this.#context.log.warn({ storage, ...usage, deleting: useless.length }, describeFullness(useless));
      if (useless.length === 0) return;
      for (const { place } of useless) await this.#remove(place, signal);
    }
  }

  #useless(): readonly Known[] {
    const parts = this.#assembler.giveUpOldest();
    if (parts) return parts;
    for (const known of this.#known.values()) if (known.state === 'unreadable') return [known];
    return [];
  }

  #know({ storage, index, pdu }: Stored, state: Known['state']): Known {
    const known = { place: { storage, index }, pdu, state };
    this.#known.delete(keyOf(known.place));
    this.#known.set(keyOf(known.place), known);
    return known;
  }

  #forget(parts: readonly Known[]): void {
    for (const part of parts) if (this.#isThere(part)) this.#known.delete(keyOf(part.place));
  }

  /** Somebody else deleted it. */
  #forgetGone(storage: string, listed: readonly Place[]): void {
    const there = new Set(listed.map(keyOf));
    for (const [key, { place }] of this.#known) {
      if (place.storage === storage && !there.has(key)) this.#known.delete(key);
    }
  }
}

function keyOf({ storage, index }: Place): string {
  return `${storage} ${index}`;
}

function describeFullness(useless: readonly Known[]): string {
  if (useless.length === 0) return 'the SMS store is nearly full, and everything in it is wanted or not ours';
  return 'the SMS store is nearly full: deleting messages that never became whole or cannot be read';
}
