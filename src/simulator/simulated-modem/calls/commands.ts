import { typeOfAddress } from '../../tpdu/address.ts';
import type { Answer, Behaviour } from '../behaviour.ts';
import type { Command } from '../command.ts';
import type { ModemContext } from '../context.ts';
import type { Radio } from '../general/radio.ts';
import { cmeError, finalResult } from '../refusal.ts';
import { ACTIVE, HELD, INCOMING, type ModemCall } from './call.ts';
import type { CallControl } from './call-control.ts';

/** Dialling, answering, hanging up, listing (3GPP TS 27.007 6 and 7). */
export function callBehaviour(context: ModemContext, calls: CallControl, radio: Radio): Behaviour {
  const hangUp = () => calls.hangUp();
  return {
    reset: () => calls.drop(),
    handlers: {
      D: (command) => dial(calls, radio, command),
      A: () => {
        if (!calls.answer()) throw finalResult('NO CARRIER');
      },
      // With +CVHU=1 ATH says OK and ends no voice call (TS 27.007 6.20).
      H: () => {
        if (context.parameters.get('+CVHU') === 0) hangUp();
      },
      '+CHUP': (command) => {
        if (command.form === 'run') hangUp();
      },
      '+CHLD': (command, answer) => hold(calls, command, answer),
      '+CLCC': (command, answer) => {
        if (command.form !== 'run') return;
        for (const call of calls.calls) answer.line(listed(call));
      },
    },
  };
}

function dial(calls: CallControl, radio: Radio, command: Command): void {
  const match = /^[TP]?\s*([+\d*#(). -]+)(;?)$/i.exec(command.text);
  if (!match) throw finalResult('NO CARRIER');
  const number = (match[1] ?? '').replace(/[^+\d*#]/g, '');
  // No voice call (`;` is missing): a data call, and this modem's data goes through its sockets.
  if (match[2] !== ';' || !radio.registered) throw finalResult('NO CARRIER');
  if (calls.calls.length > 0) throw cmeError(3);
  calls.dial(number);
}

/** 0 releases what is held or rings, 1 what is active (and answers what rings), 1x call x, 2 swaps (TS 27.007 7.13). */
function hold(calls: CallControl, command: Command, answer: Answer): void {
  if (command.form === 'test') {
    answer.line('+CHLD: (0,1,1x,2)');
    return;
  }
  const match = /^([012])(\d?)$/.exec(command.text);
  if (!match) throw cmeError(50);
  const [, action, id] = match;
  if (action === '1' && id) {
    if (!calls.calls.some((call) => call.id === Number(id))) throw cmeError(21);
    calls.hangUp((call) => call.id === Number(id));
    return;
  }
  if (action === '0') {
    calls.hangUp((call) => call.state === HELD || call.state === INCOMING);
    return;
  }
  if (action === '1') calls.hangUp((call) => call.state === ACTIVE);
  else calls.swap();
  calls.answer();
}

function listed(call: ModemCall): string {
  return `+CLCC: ${call.id},${call.incoming ? 1 : 0},${call.state},0,0,"${call.number}",${typeOfAddress(call.number)},""`;
}
