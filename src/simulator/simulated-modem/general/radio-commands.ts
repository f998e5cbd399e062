import { clockText } from '../../tpdu/timestamp.ts';
import type { Answer, Behaviour, Handler } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import type { ModemContext } from '../context.ts';
import { cmeError } from '../refusal.ts';
import { listOf } from './basic.ts';
import type { Radio } from './radio.ts';

/** Access technology E-UTRAN (3GPP TS 27.007 7.3). */
const LTE = 7;
const OPERATOR_FORMATS = 3;

/** Functionality, registration, operator, signal, time. `reset` reboots the modem. */
export function radioBehaviour(context: ModemContext, radio: Radio, reset: () => void): Behaviour {
  let format = 0;
  return {
    reset: () => {
      format = 0;
    },
    handlers: {
      '+CFUN': (command, answer) => functionality(radio, reset, command, answer),
      '+CREG': registration(context, radio),
      '+CGREG': registration(context, radio),
      '+CEREG': registration(context, radio),
      '+CSQ': (command, answer) => {
        answer.line(command.form === 'test' ? '+CSQ: (0-31,99),(0-7,99)' : `+CSQ: ${rssi(radio)},99`);
      },
      '+CESQ': (_, answer) =>
        answer.line(`+CESQ: 99,99,255,255,${radio.registered ? '20' : '255'},${rsrp(radio)}`),
      '+COPS': (command, answer) => {
        format = operator(context, radio, format, command, answer);
      },
      '+CCLK': (command, answer) => {
        if (command.form === 'read') answer.line(`+CCLK: "${clockText(timeOf(context, radio))}"`);
      },
      '+CPAS': (_, answer) => answer.line('+CPAS: 0'),
      '+CPSI': (_, answer) =>
        answer.line(
          radio.registered
            ? '+CPSI: LTE,Online,001-01,0x0001,1,1,EUTRAN-BAND3,1300,5,5,-80,-900,-600,15'
            : '+CPSI: NO SERVICE,Online',
        ),
      '+CRESET': (_, answer) => answer.after(reset),
      '+CPOF': (_, answer) => answer.after(() => radio.switchOff(0)),
      '+CBC': listOf('+CBC', '0,90', '(0-3),(1-100)'),
    },
  };
}

function functionality(radio: Radio, reset: () => void, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    answer.line(`+CFUN: ${radio.functionality}`);
    return;
  }
  if (command.form === 'test') {
    answer.line('+CFUN: (0,1,4),(0,1)');
    return;
  }
  const level = numberAt(command, 0);
  if (level !== 0 && level !== 1 && level !== 4) throw cmeError(50);
  if (numberAt(command, 1, 0) === 1) {
    answer.after(reset);
    return;
  }
  if (level !== 1) radio.switchOff(level);
  else if (radio.functionality !== 1) radio.switchOn();
}

/** The reply has the mode before the state; the unsolicited line has not. */
function registration(context: ModemContext, radio: Radio): Handler {
  return (command, answer) => {
    const { name } = command;
    const mode = context.parameters.get(name);
    if (command.form === 'test') return answer.line(`${name}: (0-2)`);
    if (command.form === 'read') return answer.line(`${name}: ${mode},${radio.registration(mode === 2)}`);
    const wanted = numberAt(command, 0, 0);
    if (wanted === undefined || wanted > 2) throw cmeError(50);
    context.parameters.set(name, wanted);
  };
}

function operator(
  context: ModemContext,
  radio: Radio,
  format: number,
  command: Command,
  answer: Answer,
): number {
  const { operator: found } = context.attachment.network;
  const names = [`"${found.name}"`, `"${found.name}"`, `"${found.numeric}"`];
  if (command.form === 'read') {
    answer.line(radio.registered ? `+COPS: 0,${format},${names[format]},${LTE}` : '+COPS: 0');
    return format;
  }
  if (command.form === 'test') {
    answer.line(`+COPS: (2,${names.join(',')},${LTE}),,(0,1,2,3,4),(0,1,2)`);
    return format;
  }
  const mode = numberAt(command, 0, 0);
  const wanted = numberAt(command, 1, format);
  if (mode === undefined || mode > 4 || wanted === undefined || wanted >= OPERATOR_FORMATS)
    throw cmeError(50);
  if (mode === 2) radio.switchOff(radio.functionality);
  if ((mode === 0 || mode === 1) && !radio.registered) radio.switchOn();
  return wanted;
}

/** 0 to 31 for -113 to -51 dBm, 99 unknown (TS 27.007 8.5). */
function rssi(radio: Radio): number {
  if (radio.functionality !== 1) return 99;
  return Math.min(31, Math.max(0, Math.round((radio.signalDbm + 113) / 2)));
}

/** 0 to 97 for -140 to -44 dBm (TS 27.007 8.69); RSRP lies about 25 dB under the whole received power. */
function rsrp(radio: Radio): number {
  if (!radio.registered) return 255;
  return Math.min(97, Math.max(0, radio.signalDbm - 25 + 141));
}

/** Without a network the modem only knows that it was switched on. */
function timeOf(context: ModemContext, radio: Radio): number {
  return radio.registered ? context.clock.now() : Date.UTC(1980, 0, 6);
}
