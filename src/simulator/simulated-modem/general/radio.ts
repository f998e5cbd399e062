import { later } from '../../later.ts';
import type { ModemContext } from '../context.ts';

/** Registration states of +CREG (3GPP TS 27.007 7.2). */
export type RegistrationState = 0 | 1 | 2 | 3 | 4 | 5;

const REGISTERED: readonly RegistrationState[] = [1, 5];
const DEFAULT_SIGNAL_DBM = -71;

/** The radio: on or off, registered or not, how well it hears. */
export class Radio {
  /** +CFUN: 0 minimum, 1 full, 4 flight mode. */
  functionality = 1;
  /** Received signal, dBm. */
  signalDbm = DEFAULT_SIGNAL_DBM;
  #state: RegistrationState = 0;
  readonly #context: ModemContext;
  readonly #allowed: () => boolean;
  /** What the network makes of it once it is on. */
  #assigned: RegistrationState = 1;

  /** `allowed`: whether the SIM is unlocked. */
  constructor(context: ModemContext, allowed: () => boolean) {
    this.#context = context;
    this.#allowed = allowed;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  get registered(): boolean {
    return REGISTERED.includes(this.#state);
  }

  /** Registers at once, as a modem that has been on for long. */
  beOn(): void {
    this.functionality = 1;
    this.#become(this.#allowed() ? this.#assigned : 0);
  }

  /** Searches, then registers. */
  switchOn(): void {
    this.functionality = 1;
    if (!this.#allowed()) return;
    this.#become(2);
    const { clock, attachment, life } = this.#context;
    later(clock, attachment.network.conditions.registrationMs, life(), () => {
      if (this.#state === 2) this.#become(this.#assigned);
    });
  }

  switchOff(functionality: number): void {
    this.functionality = functionality;
    this.#become(0);
  }

  /** The network's decision: 1 home, 5 roaming, 3 denied, 2 searching, 0 not registered. */
  assign(state: RegistrationState): void {
    this.#assigned = state;
    if (this.functionality === 1 && this.#allowed()) this.#become(state);
  }

  /** The fields after `+CREG: `; `detail` adds area, cell and technology as with `+CREG=2`. */
  registration(detail: boolean): string {
    return `${this.#state}${detail && this.registered ? ',"0001","00000001",7' : ''}`;
  }

  #become(state: RegistrationState): void {
    const { attachment, parameters } = this.#context;
    if (state === this.#state) return;
    this.#state = state;
    attachment.setReachable(this.registered);
    for (const name of ['+CREG', '+CGREG', '+CEREG']) {
      const mode = parameters.get(name);
      if (mode > 0) this.#context.urc(`${name}: ${this.registration(mode === 2)}`);
    }
  }
}
