import { ModemError } from '../../../src/modem/errors.ts';
import { cmeError, cmsError } from '../../../src/simulator/simulated-modem/refusal.ts';
import { answering, type Case } from './cases.ts';

/** What can be wrong from the modem to the data session. */
export const MODEM_CASES: readonly Case[] = [
  {
    fault: 'no permission',
    stage: 'modem',
    code: 'no-permission',
    mend: /adduser \$USER dialout/,
    sick: (room) => {
      const refused = new ModemError('/dev/serial0: cannot be opened', {
        code: 'line-unavailable',
        fields: { reason: 'EACCES' },
      });
      room.patient = { ...room.patient, openLine: () => Promise.reject(refused) };
    },
  },
  {
    fault: 'silence',
    stage: 'modem',
    code: 'modem-silent',
    mend: /power key.*TX/,
    sick: ({ modem }) => {
      modem.faults.silent = true;
    },
  },
  {
    fault: 'noise, as of a wrong speed',
    stage: 'modem',
    code: 'modem-garbled',
    mend: /baud/,
    sick: (room) => {
      room.modem.faults.dropEveryNth = 1;
      const { openLine } = room.patient;
      const open = async (signal: AbortSignal) => {
        const line = await openLine(signal);
        const noise = Uint8Array.of(0xf3, 0x80, 0x1c, 0xfe);
        return {
          ...line,
          onData: (listener: (bytes: Uint8Array) => void) => {
            queueMicrotask(() => listener(noise));
            return line.onData(listener);
          },
        };
      };
      room.patient = { ...room.patient, openLine: open };
    },
  },
  {
    fault: 'ERROR to everything',
    stage: 'modem',
    code: 'modem-refuses',
    mend: /power away/,
    sick: ({ modem }) => {
      modem.faults.refuseAll = true;
    },
  },
  {
    fault: 'no SIM',
    stage: 'sim',
    code: 'sim-missing',
    mend: /put a SIM in/,
    setup: answering({ '+CPIN': cmeError(10) }),
  },
  {
    fault: 'a broken SIM',
    stage: 'sim',
    code: 'sim-failure',
    mend: /contacts/,
    setup: answering({ '+CPIN': cmeError(13) }),
  },
  {
    fault: 'a foreign SIM',
    stage: 'sim',
    code: 'sim-wrong',
    mend: /unlock/,
    setup: answering({ '+CPIN': cmeError(15) }),
  },
  {
    fault: 'a PIN and none known',
    stage: 'pin',
    code: 'sim-pin-required',
    mend: /\[modem\] pin/,
    setup: { pin: '1234' },
  },
  {
    fault: 'a wrong PIN',
    stage: 'pin',
    code: 'sim-pin-refused',
    mend: /correct \[modem\] pin/,
    setup: { pin: '1234' },
    sick: (room) => {
      room.patient = { ...room.patient, pin: '9999' };
    },
  },
  {
    fault: 'the last attempt',
    stage: 'pin',
    code: 'sim-pin-last-attempt',
    mend: /telephone/,
    setup: {
      pin: '1234',
      ...answering({ '+SPIC': ['+SPIC: 1,10,3,10'], '+CPINR': ['+CPINR: SIM PIN,1,3'] }),
    },
    sick: (room) => {
      room.patient = { ...room.patient, pin: '1234' };
    },
  },
  {
    fault: 'a blocked SIM',
    stage: 'pin',
    code: 'sim-puk-required',
    mend: /PUK/,
    setup: answering({ '+CPIN': ['+CPIN: SIM PUK'] }),
  },
  {
    fault: 'a locked modem',
    stage: 'pin',
    code: 'sim-locked',
    mend: /another SIM/,
    setup: answering({ '+CPIN': ['+CPIN: PH-NET PIN'] }),
  },
  {
    fault: 'no network',
    stage: 'registration',
    code: 'not-registered',
    mend: /does this operator/,
    sick: ({ modem }) => modem.setRegistration(2),
  },
  {
    fault: 'a denied SIM',
    stage: 'registration',
    code: 'registration-denied',
    mend: /ask the operator/,
    sick: ({ modem }) => modem.setRegistration(3),
  },
  {
    fault: 'a weak signal',
    stage: 'signal',
    code: 'weak-signal',
    mend: /antenna/,
    sick: ({ modem }) => modem.setSignal(-109),
  },
  {
    fault: 'no signal',
    stage: 'signal',
    code: 'no-signal',
    mend: /antenna/,
    setup: answering({ '+CSQ': ['+CSQ: 99,99'], '+CESQ': ['+CESQ: 99,99,255,255,255,255'] }),
  },
  {
    fault: 'a full store',
    stage: 'sms',
    code: 'sms-store-full',
    mend: /AT\+CMGD/,
    setup: answering({ '+CPMS': ['+CPMS: "SM",20,20,"SM",20,20,"SM",20,20'] }),
  },
  {
    fault: 'no service centre',
    stage: 'sms',
    code: 'no-service-centre',
    mend: /AT\+CSCA=/,
    setup: answering({ '+CSCA': ['+CSCA: "",129'] }),
  },
  {
    fault: 'a refused setting',
    stage: 'sms',
    code: 'setting-refused',
    mend: /profile/,
    setup: answering({ '+CNMI': cmsError(302) }),
  },
  {
    fault: 'a setting that is not kept',
    stage: 'sms',
    code: 'not-notified',
    mend: /CFUN=1,1/,
    setup: answering({ '+CNMI': ['+CNMI: 0,0,0,0,0'] }),
  },
  {
    fault: 'a refused SMS',
    stage: 'sms-to-self',
    code: 'sms-refused',
    mend: /credit/,
    setup: answering({ '+CMGS': cmsError(38) }),
  },
  {
    fault: 'a lost SMS',
    stage: 'sms-to-self',
    code: 'sms-lost',
    mend: /may this SIM receive/,
    sick: ({ network }) => {
      network.conditions.smsLoss = 1;
    },
  },
  {
    fault: 'an SMS that is not told',
    stage: 'sms-to-self',
    code: 'sms-untold',
    mend: /\+CMTI/,
    sick: ({ modem }) => {
      modem.faults.missingCmti = true;
    },
  },
  {
    fault: 'a refused data session',
    stage: 'data-session',
    code: 'link-refused',
    mend: /\[modem\] apn/,
    setup: answering({ '+NETOPEN': cmeError(30) }),
  },
];
