import type { Clock } from '../../base/clock.ts';
import { later } from '../later.ts';
import type { Random } from '../random.ts';
import { encodeDeliver, encodeStatusReport, type Submit } from '../tpdu/tpdu.ts';
import type { Conditions } from './conditions.ts';
import type { Occurrence, SmsEventKind } from './events.ts';
import type { Terminal } from './terminal.ts';

/** The parts of the network that the service centre uses. */
export interface ServiceCentreHost {
  readonly clock: Clock;
  readonly conditions: Conditions;
  readonly random: Random;
  readonly signal: AbortSignal;
  tell(occurrence: Occurrence): void;
  /** The terminal with this number if it is on and registered. */
  reachable(number: string): Terminal | undefined;
}

interface Message {
  readonly from: string;
  readonly to: string;
  readonly tpdu: Uint8Array;
  delivered?: (at: number) => void;
}

/** Store and forward of short messages. */
export class ServiceCentre {
  readonly #host: ServiceCentreHost;
  /** Messages for terminals that are off or full, by number, oldest first. */
  readonly #waiting = new Map<string, Message[]>();

  constructor(host: ServiceCentreHost) {
    this.#host = host;
  }

  /** Takes a message from a modem; the sender already knows that its number exists. */
  submit(from: string, submit: Submit): void {
    const sentAt = this.#host.clock.now();
    const tpdu = encodeDeliver({ ...submit, from }, sentAt);
    const message: Message = { from, to: submit.to, tpdu };
    if (submit.wantsReport) message.delivered = (doneAt) => this.#report(from, submit, sentAt, doneAt);
    this.accept(message);
  }

  /** Takes any message, a forged one too. */
  accept(message: Message): void {
    const { conditions, random } = this.#host;
    this.#tell('sms-submitted', message);
    if (random() < conditions.smsLoss) {
      this.#tell('sms-lost', message);
      return;
    }
    this.#send(message);
    if (random() >= conditions.smsDuplication) return;
    this.#tell('sms-duplicated', message);
    this.#send({ ...message });
  }

  /** The terminal is reachable again or has room again. */
  forward(number: string): void {
    const waiting = this.#waiting.get(number) ?? [];
    this.#waiting.delete(number);
    for (const message of waiting) this.#deliver(message);
  }

  #send(message: Message): void {
    const { clock, conditions, random, signal } = this.#host;
    const late = random() < conditions.smsReordering;
    if (late) this.#tell('sms-reordered', message);
    const wait = conditions.smsLatencyMs * (late ? 1 + random() * 4 : 1);
    later(clock, wait, signal, () => this.#deliver(message));
  }

  #deliver(message: Message): void {
    const terminal = this.#host.reachable(message.to);
    if (terminal?.deliver(message.tpdu) === 'taken') {
      this.#tell('sms-delivered', message);
      message.delivered?.(this.#host.clock.now());
      return;
    }
    const waiting = this.#waiting.get(message.to) ?? [];
    this.#waiting.set(message.to, [...waiting, message]);
    this.#tell('sms-waiting', message);
  }

  #report(to: string, submit: Submit, sentAt: number, doneAt: number): void {
    const tpdu = encodeStatusReport({
      reference: submit.reference,
      to: submit.to,
      sentAt,
      doneAt,
      status: 0,
    });
    const { clock, conditions, signal } = this.#host;
    later(clock, conditions.smsLatencyMs, signal, () => this.#host.reachable(to)?.report(tpdu));
  }

  #tell(kind: SmsEventKind, message: Message): void {
    this.#host.tell({ kind, from: message.from, to: message.to, tpdu: message.tpdu });
  }
}
