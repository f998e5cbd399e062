import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { type Log, silentLog } from '../../base/log.ts';
import type { BytePort } from '../byte-port.ts';
import type { Carrier } from '../carrier.ts';
import { type Faults, noFaults } from '../faults.ts';
import { later } from '../later.ts';
import type { CellularNetwork } from '../network.ts';
import { type Personality, SIM7600 } from '../personalities.ts';
import type { Behaviour } from './behaviour.ts';
import { Greeting } from './general/greeting.ts';
import type { RegistrationState } from './general/radio.ts';
import { interpret } from './interpreter.ts';
import { assemble, type Parts } from './parts.ts';
import { Slumber } from './slumber.ts';
import type { MemoryName, StoredSms } from './sms/store.ts';
import { Tty } from './tty.ts';
import { UrcPort } from './urc-port.ts';
import type { Urc } from './urc-queue.ts';

export interface SimulatedModemOptions {
  readonly port: BytePort;
  /** A second terminal of the same modem, as USB modems have one for data calls. */
  readonly dataPort?: BytePort | undefined;
  readonly network: CellularNetwork;
  /** `+4915112345678`. */
  readonly number: string;
  readonly clock: Clock;
  readonly log?: Log;
  /** Default SIM7600. */
  readonly personality?: Personality;
  /** Slots of each message memory. Default: the personality's. */
  readonly smsCapacity?: number;
  /** Bits per second of the serial line, 10 bits a byte. Default 115200; Infinity takes no time. */
  readonly baudRate?: number;
  /** Milliseconds from a command line to its answer. Default 10. */
  readonly commandLatencyMs?: number;
  /** Milliseconds from ring to ring. Default 3000. */
  readonly ringIntervalMs?: number;
  /** The SIM asks for it; `12345678` unblocks (`SIMULATED_PUK`). */
  readonly pin?: string;
  /** Takes data calls (`ATD*99#`); absent: NO CARRIER. */
  readonly carrier?: Carrier;
  /** Laid on top of the modem's own: the newest that knows a command answers it. */
  readonly behaviours?: readonly Behaviour[];
}

/** A modem that is switched on. Disposing switches it off and gives its number back. */
export interface SimulatedModem extends AsyncDisposable {
  readonly number: string;
  /** Change its fields at any time. */
  readonly faults: Faults;
  readonly registered: boolean;
  /** Whether it sleeps, and so hears nothing. */
  readonly asleep: boolean;
  /** What the network says: 1 home, 5 roaming, 3 denied, 2 searching, 0 none. Data and calls are lost without it. */
  setRegistration(state: RegistrationState): void;
  /** Received signal, dBm. */
  setSignal(dbm: number): void;
  /** Crashes and boots: volatile settings, calls and connections are gone, stored messages stay. */
  reset(): void;
  /** Ends calls and connections from the network's side: NO CARRIER. */
  loseCarrier(): void;
  /** Writes an unsolicited line. */
  urc(line: string): void;
  /** Random bytes on the line, now. */
  garbage(bytes: number): void;
  /** The store as it is; slot numbers as in AT commands. */
  stored(memory: MemoryName): { readonly index: number; readonly sms: StoredSms }[];
}

const DEFAULT_BAUD_RATE = 115_200;
const DEFAULT_LATENCY_MS = 10;
const DEFAULT_RING_INTERVAL_MS = 3000;
/** From the crash to the first line of the boot, and between its lines. */
const BOOT_MS = 500;

/** Puts a modem behind a port and into a network; it is on and registered at once. */
export function simulateModem(options: SimulatedModemOptions): SimulatedModem {
  return new PoweredModem(options);
}

class PoweredModem implements SimulatedModem {
  readonly number: string;
  readonly faults = noFaults();
  readonly #parts: Parts;
  readonly #over = new AbortController();
  readonly #slumber: Slumber;
  readonly #ttys: readonly [Tty, ...Tty[]];
  readonly #urcPort: UrcPort;
  readonly #greeting = new Greeting();
  #life = new AbortController();

  constructor(options: SimulatedModemOptions) {
    const { clock, port, dataPort, baudRate = DEFAULT_BAUD_RATE, log = silentLog } = options;
    const { faults } = this;
    const over = this.#over.signal;
    const tty = (of: BytePort) => new Tty({ port: this.#slumber.port(of), clock, baudRate, faults, over });
    this.number = options.number;
    const personality = options.personality ?? SIM7600;
    this.#slumber = this.#slumberAt(port, clock, personality);
    this.#ttys = dataPort ? [tty(port), tty(dataPort)] : [tty(port)];
    this.#urcPort = new UrcPort(personality);
    this.#parts = assemble({
      ...options,
      log,
      personality,
      ringIntervalMs: options.ringIntervalMs ?? DEFAULT_RING_INTERVAL_MS,
      faults,
      ringsToAnswer: () => Math.max(...this.#ttys.map(({ serial }) => serial.registers.get(0) ?? 0)),
      urc: (urc) => this.#say(urc),
      life: () => this.#life.signal,
      reset: () => this.reset(),
      behaviours: [
        this.#urcPort.behaviour,
        ...(personality.greets ? [this.#greeting.behaviour] : []),
        ...(options.behaviours ?? []),
      ],
    });
    this.#parts.radio.beOn();
    const { commandLatencyMs = DEFAULT_LATENCY_MS } = options;
    for (const one of this.#ttys)
      void interpret({ ...this.#parts, clock, log, faults, tty: one, commandLatencyMs }, over);
  }

  #say(urc: Urc): void {
    for (const [place, tty] of this.#ttys.entries())
      if (this.#urcPort.leadsTo(place, this.#ttys.length)) tty.urcs.push(urc);
  }

  #slumberAt(port: BytePort, clock: Clock, { sleep }: Personality): Slumber {
    const slumber = new Slumber({
      sleep,
      clock,
      setting: (name) => this.#parts.parameters.get(name),
      busy: () => this.#parts.dataCalls.up,
      hasDtr: port.onDtr !== undefined,
    });
    const stop = port.onDtr?.((on) => slumber.setDtr(on));
    if (stop) this.#over.signal.addEventListener('abort', stop, { once: true });
    return slumber;
  }

  get asleep(): boolean {
    return this.#slumber.asleep;
  }

  get registered(): boolean {
    return this.#parts.radio.registered;
  }

  setRegistration(state: RegistrationState): void {
    this.#parts.radio.assign(state);
    if (!this.registered) this.loseCarrier();
  }

  setSignal(dbm: number): void {
    this.#parts.radio.signalDbm = dbm;
  }

  reset(): void {
    this.#life.abort();
    this.#life = new AbortController();
    for (const behaviour of this.#parts.behaviours) behaviour.reset?.();
    for (const tty of this.#ttys) tty.reset();
    this.#parts.radio.switchOff(0);
    this.#parts.sim.powerUp();
    const { clock, personality } = this.#parts.context;
    later(clock, BOOT_MS, this.#life.signal, () => this.#parts.radio.switchOn());
    [...personality.bootLines, ...this.#greeting.lines].forEach((line, place) => {
      later(clock, BOOT_MS + place * 100, this.#life.signal, () => this.#boot(line));
    });
  }

  loseCarrier(): void {
    this.#parts.calls.drop();
    this.#parts.dataCalls.drop();
    this.#parts.sockets?.lose();
  }

  urc(line: string): void {
    this.#parts.context.urc(line);
  }

  garbage(bytes: number): void {
    this.#ttys[0].output.push(randomBytes(bytes));
  }

  stored(memory: MemoryName): { readonly index: number; readonly sms: StoredSms }[] {
    return this.#parts.store.all(memory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.#life.abort();
    for (const behaviour of this.#parts.behaviours) behaviour.reset?.();
    this.#parts.context.attachment.detach();
  }

  /** A locked SIM says so, and nothing of messages and calls. */
  #boot(line: string): void {
    const { sim, context } = this.#parts;
    if (line === '+CPIN: READY') context.urc(`+CPIN: ${sim.state}`);
    else if (sim.state === 'READY' || line === 'RDY') context.urc(line);
  }
}
