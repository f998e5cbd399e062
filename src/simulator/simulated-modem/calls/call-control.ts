import type { NetworkCall } from '../../network/call.ts';
import type { CallEnd } from '../../network/events.ts';
import { typeOfAddress } from '../../tpdu/address.ts';
import type { ModemContext } from '../context.ts';
import { ACTIVE, ALERTING, type CallState, DIALLING, HELD, INCOMING, type ModemCall } from './call.ts';

/** What the caller reads at the end of a call that was not answered (V.250 6.3.1); other ends say NO CARRIER. */
const END_RESULTS: Partial<Record<CallEnd, string>> = { busy: 'BUSY', 'no-answer': 'NO ANSWER' };

/** The calls of one modem: rings, ends, and what is said about them. */
export class CallControl {
  readonly #context: ModemContext;
  readonly #ringIntervalMs: number;
  #calls: ModemCall[] = [];

  constructor(context: ModemContext, ringIntervalMs: number) {
    this.#context = context;
    this.#ringIntervalMs = ringIntervalMs;
  }

  get calls(): readonly ModemCall[] {
    return this.#calls;
  }

  /** From the network: this modem is being called. One call at a time. */
  ring(network: NetworkCall): 'ringing' | 'busy' | 'unreachable' {
    if (this.#context.personality.voice === false) return 'unreachable';
    if (this.#calls.length > 0) return 'busy';
    const call = this.#add(network, true, network.from, INCOMING);
    this.#ring(call, 1);
    return 'ringing';
  }

  dial(number: string): void {
    this.#add(this.#context.attachment.call(number), false, number, DIALLING);
  }

  /** Answers what rings; false when nothing does. */
  answer(): boolean {
    const call = this.#calls.find(({ state }) => state === INCOMING);
    call?.network.answer();
    return call !== undefined;
  }

  /** Ends these calls. */
  hangUp(which: (call: ModemCall) => boolean = () => true): void {
    for (const call of this.#calls.filter(which))
      call.network.end(call.incoming ? refusalOf(call) : 'caller');
  }

  /** Holds what is active, activates what is held. */
  swap(): void {
    for (const call of this.#calls) {
      if (call.state === ACTIVE) call.state = HELD;
      else if (call.state === HELD) call.state = ACTIVE;
    }
  }

  /** The network lost the calls. */
  drop(): void {
    for (const call of [...this.#calls]) call.network.end('lost');
  }

  #add(network: NetworkCall, incoming: boolean, number: string, state: CallState): ModemCall {
    const id = Math.max(0, ...this.#calls.map((each) => each.id)) + 1;
    const call: ModemCall = { id, incoming, number, network, state, answeredAt: undefined };
    this.#calls.push(call);
    network.onChange(() => this.#changed(call));
    return call;
  }

  #changed(call: ModemCall): void {
    const { state } = call.network;
    if (state === 'ringing' && !call.incoming) call.state = ALERTING;
    if (state === 'active') this.#begin(call);
    if (state === 'ended') this.#ended(call);
  }

  #begin(call: ModemCall): void {
    call.state = ACTIVE;
    call.answeredAt = this.#context.clock.monotonic();
    const { callBegin } = this.#context.personality;
    if (callBegin) this.#context.urc(callBegin);
  }

  #ended(call: ModemCall): void {
    this.#calls = this.#calls.filter((other) => other !== call);
    const { personality, clock } = this.#context;
    const seconds =
      call.answeredAt === undefined ? 0 : Math.round((clock.monotonic() - call.answeredAt) / 1000);
    const cause = call.network.cause ?? 'lost';
    const missed = call.incoming && call.answeredAt === undefined;
    const byUs = cause === (call.incoming ? 'callee' : 'caller') || (missed && cause === 'busy');
    if (missed && !byUs && personality.missedCall)
      this.#context.urc(this.#missedLine(personality.missedCall, call.number));
    if (personality.callEnd && !missed) {
      this.#context.urc(personality.callEnd.replace('%s', String(seconds).padStart(6, '0')));
    }
    if (!byUs) this.#context.urc(END_RESULTS[call.incoming ? 'caller' : cause] ?? 'NO CARRIER');
  }

  #missedLine(pattern: string, number: string): string {
    const date = new Date(this.#context.clock.now());
    const hours = date.getUTCHours();
    const time = `${String(hours % 12 || 12).padStart(2, '0')}:${String(date.getUTCMinutes()).padStart(2, '0')}${hours < 12 ? 'AM' : 'PM'}`;
    return pattern.replace('%t', time).replace('%n', number);
  }

  /** Once every interval until it is answered or over; S0 counts rings until the modem answers itself. */
  #ring(call: ModemCall, count: number): void {
    if (!this.#calls.includes(call) || call.state !== INCOMING) return;
    const { parameters, faults, clock, life } = this.#context;
    this.#context.urc(parameters.get('+CRC') === 1 ? '+CRING: VOICE' : 'RING');
    if (parameters.get('+CLIP') === 1 && !faults.missingClip) this.#context.urc(clipLine(call.number));
    const autoAnswer = this.#context.ringsToAnswer();
    if (autoAnswer > 0 && count >= autoAnswer) queueMicrotask(() => call.network.answer());
    clock.sleep(this.#ringIntervalMs, life()).then(
      () => this.#ring(call, count + 1),
      () => {},
    );
  }
}

/** An empty number is withheld: validity 1 (TS 27.007 7.11). */
function clipLine(number: string): string {
  return number === '' ? '+CLIP: "",128,,,,1' : `+CLIP: "${number}",${typeOfAddress(number)},,,,0`;
}

function refusalOf(call: ModemCall): CallEnd {
  return call.answeredAt === undefined ? 'busy' : 'callee';
}
