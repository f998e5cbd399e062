import type { Answer, Behaviour } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import { cmeError } from '../refusal.ts';

/** What a modem says when it starts (+CSGT, 3GPP TS 27.007 8.32). It stays through resets. */
export class Greeting {
  #text = '';
  #on = false;

  /** Lines of the boot. */
  get lines(): readonly string[] {
    return this.#on ? [this.#text] : [];
  }

  get behaviour(): Behaviour {
    return { handlers: { '+CSGT': (command, answer) => this.#answer(command, answer) } };
  }

  #answer(command: Command, answer: Answer): void {
    if (command.form === 'test') answer.line('+CSGT: 49');
    else if (command.form === 'read') answer.line(`+CSGT: "${this.#text}",${this.#on ? 1 : 0}`);
    else this.#set(command);
  }

  #set(command: Command): void {
    const mode = numberAt(command, 0);
    if (mode !== 0 && mode !== 1) throw cmeError(50);
    this.#on = mode === 1;
    this.#text = command.values[1] ?? this.#text;
  }
}
