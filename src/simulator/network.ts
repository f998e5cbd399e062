import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.ts';
import { type Log, silentLog } from '../base/log.ts';
import { SimulatorError } from './errors.ts';
import { later } from './later.ts';
import { type Air, AirPath } from './network/air.ts';
import { NetworkCall } from './network/call.ts';
import { type Conditions, GOOD_CONDITIONS } from './network/conditions.ts';
import type { NetworkEvent, Occurrence } from './network/events.ts';
import { resolveName } from './network/names.ts';
import { ServiceCentre } from './network/short-messages.ts';
import type { Terminal } from './network/terminal.ts';
import { type Random, seededRandom } from './random.ts';
import { fromHex } from './tpdu/reader.ts';
import { encodeDeliver, type Submit } from './tpdu/tpdu.ts';
import { userDataOf } from './tpdu/user-data.ts';

export interface NetworkOptions {
  readonly clock: Clock;
  readonly log?: Log;
  /** The same seed gives the same losses. Default 1. */
  readonly seed?: number;
  /** Where it differs from `GOOD_CONDITIONS`. */
  readonly conditions?: Partial<Conditions>;
  /** Host names that data connections may use, each with a loopback address. `localhost` is always known. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** A message that no modem sent: any sender, letters too, or a whole SMS-DELIVER in hexadecimal digits. */
export type Injection = { readonly to: string } & (
  | { readonly from: string; readonly text: string }
  | { readonly pdu: string; readonly from?: string }
);

/** A modem's place in the network. */
export interface Attachment {
  readonly network: CellularNetwork;
  readonly air: Air;
  /** Whether the radio is on and registered; setting it to true brings what was waiting. */
  setReachable(reachable: boolean): void;
  /** The modem's store has room again. */
  memoryAvailable(): void;
  /** Hands a message to the network; false: there is no such number. */
  submit(submit: Submit): boolean;
  /** Begins a call. */
  call(to: string): NetworkCall;
  detach(): void;
}

/** Routes short messages and calls between simulated modems by their numbers. Disposing stops its timers. */
export class CellularNetwork implements AsyncDisposable {
  readonly clock: Clock;
  /** May be changed at any time. */
  readonly conditions: Conditions;
  readonly operator = { name: 'Ringpost Simulated', numeric: '00101' } as const;
  readonly serviceCentre = '+99900000';
  readonly #log: Log;
  readonly #hosts: Readonly<Record<string, string>>;
  readonly #terminals = new Map<string, { terminal: Terminal; reachable: boolean }>();
  readonly #listeners = new Set<(event: NetworkEvent) => void>();
  readonly #over = new AbortController();
  readonly #random: Random;
  readonly #centre: ServiceCentre;
  #reference = 0;

  constructor(options: NetworkOptions) {
    this.clock = options.clock;
    setMaxListeners(0, this.#over.signal);
    this.conditions = { ...GOOD_CONDITIONS, ...options.conditions };
    this.#log = options.log ?? silentLog;
    this.#hosts = options.hosts ?? {};
    this.#random = seededRandom(options.seed ?? 1);
    this.#centre = new ServiceCentre({
      clock: this.clock,
      conditions: this.conditions,
      random: this.#random,
      signal: this.#over.signal,
      tell: (occurrence) => this.tell(occurrence),
      reachable: (number) => this.#reachable(number),
    });
  }

  /** Every listener gets every event. Returns the function that removes it. */
  onEvent(listener: (event: NetworkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts a message into the network that no modem sent: forged, replayed, from a gateway. */
  inject(injection: Injection): void {
    const from = injection.from ?? '';
    for (const tpdu of this.#tpdusOf(injection)) this.#centre.accept({ from, to: injection.to, tpdu });
  }

  /** Gives a modem its number. Throws SimulatorError `number-taken`. */
  attach(terminal: Terminal): Attachment {
    const { number } = terminal;
    if (this.#terminals.has(number)) {
      throw new SimulatorError(`${number} is already in this network`, {
        code: 'number-taken',
        fields: { number },
      });
    }
    const place = { terminal, reachable: false };
    this.#terminals.set(number, place);
    return {
      network: this,
      air: this.#air(),
      setReachable: (reachable) => this.#setReachable(place, reachable),
      memoryAvailable: () => this.#centre.forward(number),
      submit: (submit) => this.#submit(number, submit),
      call: (to) => this.#call(number, to),
      detach: () => {
        this.#setReachable(place, false);
        this.#terminals.delete(number);
      },
    };
  }

  /** See `resolveName`. */
  resolve(host: string): ReturnType<typeof resolveName> {
    return resolveName(host, this.#hosts);
  }

  /** Tells the listeners; for the parts of the simulator. */
  tell(occurrence: Occurrence): void {
    const event = { ...occurrence, at: this.clock.now() } as NetworkEvent;
    const { at: _, ...fields } = event;
    this.#log.debug('tpdu' in fields ? { ...fields, tpdu: fields.tpdu.length } : fields, 'network');
    for (const listener of [...this.#listeners]) listener(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.#listeners.clear();
  }

  #air(): Air {
    return {
      down: new AirPath(this.clock, this.conditions, 'downBitsPerSecond'),
      up: new AirPath(this.clock, this.conditions, 'upBitsPerSecond'),
      conditions: this.conditions,
    };
  }

  #reachable(number: string): Terminal | undefined {
    const place = this.#terminals.get(number);
    return place?.reachable ? place.terminal : undefined;
  }

  #setReachable(place: { terminal: Terminal; reachable: boolean }, reachable: boolean): void {
    if (place.reachable === reachable) return;
    place.reachable = reachable;
    const { number } = place.terminal;
    this.tell({ kind: reachable ? 'attached' : 'detached', number });
    if (reachable) this.#centre.forward(number);
  }

  #submit(from: string, submit: Submit): boolean {
    if (!this.#terminals.has(submit.to)) {
      this.tell({ kind: 'sms-refused', from, to: submit.to, reason: 'unknown number' });
      return false;
    }
    this.#centre.submit(from, submit);
    return true;
  }

  #call(from: string, to: string): NetworkCall {
    const call = new NetworkCall(from, to);
    call.onChange(() => this.#tellCall(call));
    this.tell({ kind: 'call-placed', from, to });
    later(this.clock, this.conditions.callLatencyMs, this.#over.signal, () => this.#connect(call));
    return call;
  }

  #connect(call: NetworkCall): void {
    if (call.state === 'ended') return;
    const terminal = this.#reachable(call.to);
    if (!terminal) {
      call.end('unreachable');
      return;
    }
    const answer = terminal.ring(call);
    if (answer !== 'ringing') {
      call.end(answer);
      return;
    }
    call.ringing();
    later(this.clock, this.conditions.ringLimitMs, this.#over.signal, () => {
      if (call.state === 'ringing') call.end('no-answer');
    });
  }

  #tellCall(call: NetworkCall): void {
    const { from, to, state } = call;
    if (state === 'ringing') this.tell({ kind: 'call-ringing', from, to });
    if (state === 'active') this.tell({ kind: 'call-answered', from, to });
    if (state === 'ended') this.tell({ kind: 'call-ended', from, to, cause: call.cause ?? 'lost' });
  }

  #tpdusOf(injection: Injection): Uint8Array[] {
    if ('text' in injection) {
      this.#reference = (this.#reference + 1) & 0xff;
      const parts = userDataOf(injection.text, this.#reference);
      return parts.map((part) => encodeDeliver({ ...part, from: injection.from, pid: 0 }, this.clock.now()));
    }
    const tpdu = fromHex(injection.pdu);
    if (tpdu) return [tpdu];
    throw new SimulatorError(`injected PDU ${injection.pdu}: no hexadecimal digits`, { code: 'bad-tpdu' });
  }
}
