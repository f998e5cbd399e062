import type { Answer, Behaviour, Handler } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import type { ModemContext } from '../context.ts';
import { PARAMETERS } from '../parameters.ts';
import { cmeError, plainError } from '../refusal.ts';

const LARGEST_REGISTER_VALUE = 255;

/** V.250: echo, verbosity, profiles, registers, and the commands that are one number. */
export function basicBehaviour(context: ModemContext): Behaviour {
  const { parameters } = context;
  const restore: Handler = (_, { serial }) => {
    serial.restore();
    parameters.restore();
  };
  const accept = () => {};
  return {
    reset: () => parameters.restore(),
    handlers: {
      ...Object.fromEntries(Object.keys(PARAMETERS).map((name) => [name, parameterHandler(context, name)])),
      E: (command, { serial }) => {
        serial.echoing = flag(command);
      },
      V: (command, { serial }) => {
        serial.verbose = flag(command);
      },
      Q: (command, { serial }) => {
        serial.quiet = flag(command);
      },
      Z: restore,
      '&F': restore,
      '&W': accept,
      '&C': accept,
      '&D': accept,
      '&K': accept,
      '&S': accept,
      L: accept,
      M: accept,
      P: accept,
      T: accept,
      X: accept,
      S: register,
      '+GCAP': (_, answer) => answer.line('+GCAP: +CGSM'),
      '+IFC': listOf('+IFC', '0,0', '(0,2),(0,2)'),
      '+ICF': listOf('+ICF', '3,3', '(1-6),(0-3)'),
      '+WS46': listOf('+WS46', '12', '(12,22,25,28,29)'),
    },
  };
}

/** A command that only shows what it has and takes anything. */
export function listOf(name: string, shown: string, test: string): Handler {
  return (command, answer) => {
    if (command.form === 'read' || command.form === 'run') answer.line(`${name}: ${shown}`);
    if (command.form === 'test') answer.line(`${name}: ${test}`);
  };
}

function flag(command: Command): boolean {
  if (command.text !== '' && command.text !== '0' && command.text !== '1') throw plainError();
  return command.text === '1';
}

function parameterHandler(context: ModemContext, name: string): Handler {
  const { parameters } = context;
  return (command, answer) => {
    const { allowed = [], shownAfter = '' } = PARAMETERS[name] ?? {};
    if (command.form === 'read') return answer.line(`${name}: ${parameters.get(name)}${shownAfter}`);
    if (command.form === 'test') return answer.line(`${name}: (${allowed.join(',')})`);
    const value = numberAt(command, 0, PARAMETERS[name]?.initial);
    if (value === undefined || !allowed.includes(value)) throw cmeError(50);
    parameters.set(name, value);
  };
}

function register(command: Command, answer: Answer): void {
  const number = numberAt(command, 0) ?? 0;
  if (command.form === 'read') {
    answer.line(String(answer.serial.registers.get(number) ?? 0).padStart(3, '0'));
    return;
  }
  const value = numberAt(command, 1, 0) ?? 0;
  if (value > LARGEST_REGISTER_VALUE) throw plainError();
  answer.serial.registers.set(number, value);
}
