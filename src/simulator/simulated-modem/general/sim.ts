import type { Answer, Behaviour } from '../behaviour.ts';
import type { Command } from '../command.ts';
import { cmeError, cmsError } from '../refusal.ts';

const PIN_TRIES = 3;
const PUK_TRIES = 10;
/** The unblocking key of every simulated SIM. */
export const SIMULATED_PUK = '12345678';

/** What a locked SIM does not let through; the rest works without one. */
const NEEDS_SIM =
  /^\+C(MG|PMS|NMI|SCA|SMP|SMS|MSS|NMA|OPS|IMI|PB|NUM|LCC|HLD|GACT|GATT|GPADDR)|^\+(NET|CIP)|^[DA]$/;
const SMS_COMMANDS = /^\+C(MG|PMS|NMI|SCA|SMP|SMS|MSS|NMA)/;

/** The SIM with its PIN (3GPP TS 27.007 8.3). */
export class Sim {
  #pin: string | undefined;
  #pinTries = PIN_TRIES;
  #pukTries = PUK_TRIES;
  #unlocked: boolean;
  readonly #onUnlock: () => void;

  constructor(pin: string | undefined, onUnlock: () => void) {
    this.#pin = pin;
    this.#unlocked = pin === undefined;
    this.#onUnlock = onUnlock;
  }

  get state(): 'READY' | 'SIM PIN' | 'SIM PUK' {
    if (this.#unlocked) return 'READY';
    return this.#pinTries > 0 ? 'SIM PIN' : 'SIM PUK';
  }

  get tries(): { readonly pin: number; readonly puk: number } {
    return { pin: this.#pinTries, puk: this.#pukTries };
  }

  /** After power-on it asks again. */
  powerUp(): void {
    this.#unlocked = this.#pin === undefined;
  }

  /** Throws the refusal for a command that needs what is not there. */
  guard(name: string): void {
    if (this.state === 'READY' || !NEEDS_SIM.test(name)) return;
    const puk = this.state === 'SIM PUK';
    throw SMS_COMMANDS.test(name) ? cmsError(puk ? 316 : 311) : cmeError(puk ? 12 : 11);
  }

  enter(first: string, newPin: string | undefined): void {
    if (this.state === 'READY') throw cmeError(3);
    if (this.state === 'SIM PIN') this.#tryPin(first);
    else this.#tryPuk(first, newPin);
    this.#unlocked = true;
    this.#onUnlock();
  }

  #tryPin(pin: string): void {
    if (pin !== this.#pin) {
      this.#pinTries -= 1;
      throw cmeError(this.#pinTries > 0 ? 16 : 12);
    }
    this.#pinTries = PIN_TRIES;
  }

  #tryPuk(puk: string, newPin: string | undefined): void {
    if (puk !== SIMULATED_PUK || !newPin) {
      this.#pukTries -= 1;
      throw cmeError(this.#pukTries > 0 ? 16 : 13);
    }
    this.#pin = newPin;
    this.#pinTries = PIN_TRIES;
    this.#pukTries = PUK_TRIES;
  }
}

export function simBehaviour(sim: Sim): Behaviour {
  return {
    guard: (command) => sim.guard(command.name),
    handlers: {
      '+CPIN': (command, answer) => enterPin(sim, command, answer),
      '+CPINR': (_, answer) => {
        answer.line(`+CPINR: SIM PIN,${sim.tries.pin},${PIN_TRIES}`);
        answer.line(`+CPINR: SIM PUK,${sim.tries.puk},${PUK_TRIES}`);
      },
      '+SPIC': (_, answer) => answer.line(`+SPIC: ${sim.tries.pin},${sim.tries.puk},3,10`),
      '+QPINC': (_, answer) => answer.line(`+QPINC: "SC",${sim.tries.pin},${sim.tries.puk}`),
      '+UPINCNT': (_, answer) => answer.line(`+UPINCNT: ${sim.tries.pin},3,${sim.tries.puk},10`),
      '+CLCK': (command, answer) => {
        if (command.values[1] === '2') answer.line('+CLCK: 0');
      },
    },
  };
}

function enterPin(sim: Sim, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    answer.line(`+CPIN: ${sim.state}`);
    return;
  }
  if (command.form !== 'set') return;
  const [first = '', newPin] = command.values;
  sim.enter(first, newPin);
}
