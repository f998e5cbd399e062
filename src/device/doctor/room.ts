import type { Clock } from '../../base/clock.ts';
import { Disposables } from '../../base/disposables.ts';
import type { Log } from '../../base/log.ts';
import type { Bus } from '../../bus/bus.ts';
import type { Link } from '../../link/link.ts';
import type { MailSession } from '../../mail/session.ts';
import type { AtChannel } from '../../modem/at-channel.ts';
import type { ModemContext } from '../../modem/context.ts';
import type { Profile } from '../../modem/profile.ts';
import type { SerialLine } from '../../modem/serial-line.ts';
import type { PinMemory } from '../../modem/sim.ts';
import type { Radio } from '../parts.ts';

/** A server that the handheld talks to. */
export interface Peer {
  readonly host: string;
  readonly port: number;
  /** Absent: no TLS from the first byte, so nothing is to be checked before its protocol begins. */
  readonly tls?: { readonly ca?: string | undefined; readonly servername?: string | undefined } | undefined;
}

/** What the doctor examines; built from the device's configuration as the agent is. */
export interface Patient {
  /** Where `/proc`, `/sys` and `/dev` are looked for; `/` but in tests. */
  readonly root: string;
  /** As configured, or found: `/dev/serial0`. */
  readonly port: string;
  /** Of a port that was to be found: by what it was, in words, or why there is none. */
  readonly portFound?: string | Error | undefined;
  readonly openLine: (signal: AbortSignal) => Promise<SerialLine>;
  readonly openChannel: (line: SerialLine) => AtChannel;
  /** As configured; undefined: chosen by what the modem says. */
  readonly profile: Profile | undefined;
  readonly pin: string | undefined;
  readonly pinMemory: PinMemory;
  /** The modem as the agent opens it, with its data sessions. */
  readonly openRadio: (signal: AbortSignal) => Promise<Radio>;
  readonly messageServer: Peer;
  readonly mailServer: Peer;
  readonly connectBus: (link: Link, signal: AbortSignal) => Promise<Bus>;
  readonly openMail: (link: Link, signal: AbortSignal) => Promise<MailSession>;
  readonly mailboxes: readonly string[];
  /** Own number for the SMS to oneself, which costs one SMS; undefined: the SIM is asked; null: not wanted. */
  readonly ownNumber: string | null | undefined;
  /** How long to wait for the network, milliseconds; default a minute. */
  readonly registrationMs?: number | undefined;
  /** How long an SMS to oneself may take, milliseconds; default a minute. */
  readonly smsMs?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the stages leave for the later ones. Disposing closes it, the last one first. */
export class Room implements AsyncDisposable {
  readonly patient: Patient;
  /** Set by the stage `modem`; gone once the radio is open. */
  modem: ModemContext | undefined;
  radio: Radio | undefined;
  link: Link | undefined;
  /** As given or as the SIM says; null: no SMS to oneself is wanted. */
  ownNumber: string | null | undefined;
  /** What the network says the time is, milliseconds since 1970. */
  networkTime: number | undefined;
  #owned = new Disposables();

  constructor(patient: Patient) {
    this.patient = patient;
  }

  own<T extends AsyncDisposable>(one: T): T {
    return this.#owned.use(one);
  }

  /** The radio as the agent has it; the doctor's own hold on the port is given up for it. */
  async openRadio(signal: AbortSignal): Promise<Radio> {
    if (this.radio) return this.radio;
    await this[Symbol.asyncDispose]();
    this.modem = undefined;
    this.radio = this.own(await this.patient.openRadio(signal));
    return this.radio;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]();
  }
}
