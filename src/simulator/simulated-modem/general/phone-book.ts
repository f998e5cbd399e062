import type { Behaviour } from '../behaviour.ts';
import { cmeError } from '../refusal.ts';
import { listOf } from './basic.ts';

const CAPACITY = 250;

/** An empty phone book on the SIM (3GPP TS 27.007 8.11): phone managers ask for one before anything else. */
export function phoneBookBehaviour(): Behaviour {
  return {
    handlers: {
      '+CPBS': listOf('+CPBS', `"SM",0,${CAPACITY}`, '("SM")'),
      '+CPBR': (command, answer) => {
        if (command.form === 'test') answer.line(`+CPBR: (1-${CAPACITY}),40,20`);
      },
      '+CPBF': () => {},
      '+CPBW': () => {
        throw cmeError(20);
      },
    },
  };
}
