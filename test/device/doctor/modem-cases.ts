import { ModemError } from '../../../src/modem/errors.ts';
import { AtRefusal, cmeError, cmsError } from '../../../src/simulator/simulated-modem/refusal.ts';
import { GOOD_PI, type Surgery, type surgery } from './surgery.ts';

type Setup = Parameters<typeof surgery>[0];
type Answer = string[] | AtRefusal;

/** A modem that answers these commands so. */
export function answering(answers: Record<string, Answer>): Setup {
  const handlers = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (_: unknown, reply: { line(text: string): void }) => {
        if (answer instanceof AtRefusal) throw answer;
        for (const line of answer) reply.line(line);
      },
    ]),
  );
  return { behaviours: [{ handlers }] };
}

const held = (comm: string): Setup => ({
  tree: { ...GOOD_PI, 'proc/77/comm': `${comm}\n`, 'proc/77/fd/5': { link: '/dev/ttyAMA0' } },
});

const { 'dev/serial0': _, ...NO_PORT } = GOOD_PI;

interface Case {
  readonly fault: string;
  readonly stage: string;
  readonly code: string;
  readonly mend: RegExp;
  readonly setup?: Setup;
  readonly sick?: (room: Surgery) => void;
}

/** What can be wrong up to the data session, and what the doctor must say of it. */
export const CASES: readonly Case[] = [
  {
    fault: 'no port',
    stage: 'port',
    code: 'no-port',
    mend: /install\.sh.*enable_uart=1/,
    setup: { tree: NO_PORT },
  },
  {
    fault: 'a file for a port',
    stage: 'port',
    code: 'no-device',
    mend: /name a device/,
    setup: { tree: { 'dev/serial0': 'text' } },
  },
  {
    fault: 'ModemManager',
    stage: 'holder',
    code: 'held-by-modemmanager',
    mend: /install\.sh.*udev\/60-ringpost/,
    setup: held('ModemManager'),
  },
  {
    fault: 'a login shell',
    stage: 'holder',
    code: 'held-by-console',
    mend: /install\.sh.*raspi-config/,
    setup: held('agetty'),
  },
  {
    fault: 'the agent itself',
    stage: 'holder',
    code: 'held-by-agent',
    mend: /systemctl stop/,
    setup: held('node'),
  },
  { fault: 'pppd', stage: 'holder', code: 'held-by-pppd', mend: /poff/, setup: held('pppd') },
  { fault: 'gpsd', stage: 'holder', code: 'held-by-gpsd', mend: /gpsd/, setup: held('gpsd') },
  { fault: 'another program', stage: 'holder', code: 'port-held', mend: /kill 77/, setup: held('minicom') },
  {
    fault: 'the kernel console',
    stage: 'uart',
    code: 'console-on-uart',
    mend: /install\.sh.*cmdline.txt/,
    setup: { tree: { ...GOOD_PI, 'proc/cmdline': 'console=serial0,115200 console=tty1\n' } },
  },
  {
    fault: 'Bluetooth',
    stage: 'uart',
    code: 'bluetooth-on-uart',
    mend: /install\.sh.*disable-bt/,
    setup: {
      tree: {
        ...GOOD_PI,
        'sys/class/bluetooth/hci0': { link: '../../devices/platform/soc/fe201000.serial/tty/ttyAMA0/hci0' },
      },
    },
  },
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
