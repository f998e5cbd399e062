import type { Answer, Behaviour, Handler } from '../behaviour.ts';
import type { Command } from '../command.ts';
import type { ModemContext } from '../context.ts';

/** Numbers of test equipment and test networks (TAC 00 10 19, MCC 001), so that nobody's real number is shown. */
const IMEI_BASE = '0010190000';
const IMSI_BASE = '00101';
const ICCID_BASE = '8999901';

/** Who the modem, its SIM and its subscriber are. All numbers follow from the telephone number. */
export function identityBehaviour(context: ModemContext): Behaviour {
  const { personality } = context;
  const digits = context.number.replace(/\D/g, '');
  const imei = withCheckDigit(IMEI_BASE + digits.slice(-4).padStart(4, '0'));
  const iccid = withCheckDigit(ICCID_BASE + digits.slice(-11).padStart(11, '0'));
  const revision = `${personality.labelledRevision ? '+CGMR: ' : ''}${personality.revision}`;
  return {
    handlers: {
      '+CGMI': only(personality.manufacturer),
      '+GMI': only(personality.manufacturer),
      '+CGMM': only(personality.model),
      '+GMM': only(personality.model),
      '+CGMR': only(revision),
      '+GMR': only(revision),
      '+CGSN': only(imei),
      '+GSN': only(imei),
      '+CIMI': only(IMSI_BASE + digits.slice(-10).padStart(10, '0')),
      '+CCID': only(`+CCID: ${iccid}`),
      '+CICCID': only(`+ICCID: ${iccid}`),
      '+CNUM': only(`+CNUM: "","${context.number}",${context.number.startsWith('+') ? 145 : 129}`),
      I: (_, answer) => {
        answer.line(`Manufacturer: ${personality.manufacturer}`);
        answer.line(`Model: ${personality.model}`);
        answer.line(`Revision: ${personality.revision}`);
        answer.line(`IMEI: ${imei}`);
        answer.line('+GCAP: +CGSM');
      },
    },
  };
}

function only(text: string): Handler {
  return (command: Command, answer: Answer) => {
    if (command.form !== 'test') answer.line(text);
  };
}

/** Luhn (3GPP TS 23.003 B). */
function withCheckDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
