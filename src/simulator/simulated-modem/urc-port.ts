import { type Personality, URC_PORTS, type UrcPortName } from '../personalities.ts';
import type { Answer, Behaviour } from './behaviour.ts';
import type { Command } from './command.ts';
import { cmeError } from './refusal.ts';

/** What the terminals of a modem with one and with two are called. */
const NAMES: readonly (readonly UrcPortName[])[] = [[], ['uart1'], ['usbat', 'usbmodem']];

/**
 * Which terminals unsolicited lines go to: the first, or by `+QURCCFG="urcport"` where the modem has that. A port that
 * nobody listens to is nowhere. The setting stays through resets.
 */
export class UrcPort {
  readonly #known: readonly UrcPortName[];
  #name: UrcPortName | undefined;

  constructor({ urcPort, urcPorts = URC_PORTS }: Personality) {
    this.#known = urcPorts;
    this.#name = urcPort;
  }

  /** Whether they go to this terminal of so many. */
  leadsTo(place: number, terminals: number): boolean {
    if (this.#name === undefined) return place === 0;
    return this.#name === 'all' || NAMES[terminals]?.[place] === this.#name;
  }

  get behaviour(): Behaviour {
    if (this.#name === undefined) return { handlers: {} };
    return { handlers: { '+QURCCFG': (command, answer) => this.#answer(command, answer) } };
  }

  #answer(command: Command, answer: Answer): void {
    if (command.form === 'test') {
      const names = this.#known.map((name) => `"${name}"`).join(',');
      answer.line(`+QURCCFG: "urcport",(${names})`);
      return;
    }
    const [what, name] = command.values;
    if (what?.toLowerCase() !== 'urcport') throw cmeError(50);
    if (name === undefined) answer.line(`+QURCCFG: "urcport","${this.#name}"`);
    else this.#choose(name);
  }

  #choose(name: string): void {
    const known = this.#known.find((one) => one === name.toLowerCase());
    if (!known) throw cmeError(50);
    this.#name = known;
  }
}
