import { typeOfAddress } from '../../tpdu/address.ts';
import type { Answer, Behaviour } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import { cmeError, cmsError } from '../refusal.ts';
import type { SmsArrivals } from './arrive.ts';
import { fromLine, toLine } from './characters.ts';
import type { SmsContext } from './context.ts';
import { CHARACTER_SETS, type SmsSettings } from './settings.ts';
import { isMemory, type MemoryName } from './store.ts';

/** The limits of +CNMI: mode, mt, bm, ds, bfr. */
const NOTIFY_LIMITS = [2, 3, 2, 2, 1] as const;
const NOTIFY_TEST = '(0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)';

/** Where messages are kept, how they are shown, how their arrival is told (3GPP TS 27.005 3). */
export function smsSetupBehaviour(sms: SmsContext, arrivals: SmsArrivals): Behaviour {
  return {
    reset: () => sms.restore(),
    handlers: {
      '+CPMS': (command, answer) => memories(sms, command, answer),
      '+CSCS': (command, answer) => characterSet(sms, command, answer),
      '+CSCA': (command, answer) => serviceCentre(sms, command, answer),
      '+CSMP': (command, answer) => textParameters(sms, command, answer),
      '+CSMS': (command, answer) => service(sms, command, answer),
      '+CNMI': (command, answer) => {
        notification(sms, command, answer);
        answer.after(() => arrivals.flush());
      },
    },
  };
}

function memories(sms: SmsContext, command: Command, answer: Answer): void {
  const { settings, store } = sms;
  const count = (memory: MemoryName) => `${store.used(memory)},${store.capacity(memory)}`;
  if (command.form === 'test') {
    answer.line('+CPMS: ("ME","MT","SM"),("ME","MT","SM"),("ME","MT","SM")');
    return;
  }
  if (command.form === 'read') {
    answer.line(`+CPMS: ${settings.memories.map((memory) => `"${memory}",${count(memory)}`).join(',')}`);
    return;
  }
  settings.memories = [0, 1, 2].map((place) => {
    const wanted = command.values[place] || settings.memories[place] || 'SM';
    if (!isMemory(wanted)) throw cmsError(302);
    return wanted;
  }) as SmsSettings['memories'];
  answer.line(`+CPMS: ${settings.memories.map(count).join(',')}`);
}

function characterSet(sms: SmsContext, command: Command, answer: Answer): void {
  const sets = CHARACTER_SETS.map((set) => `"${set}"`).join(',');
  if (command.form === 'test') {
    answer.line(`+CSCS: (${sets})`);
    return;
  }
  if (command.form === 'read') {
    answer.line(`+CSCS: "${sms.settings.characterSet}"`);
    return;
  }
  const found = CHARACTER_SETS.find((set) => set === command.values[0]?.toUpperCase());
  if (!found) throw cmeError(50);
  sms.settings.characterSet = found;
}

function serviceCentre(sms: SmsContext, command: Command, answer: Answer): void {
  const { settings } = sms;
  if (command.form === 'read') {
    const shown = toLine(settings.serviceCentre, settings.characterSet);
    answer.line(`+CSCA: "${shown}",${typeOfAddress(settings.serviceCentre)}`);
    return;
  }
  if (command.form !== 'set') return;
  const address = command.values[0] ?? '';
  settings.serviceCentre = /^\+?[\d*#]+$/.test(address) ? address : fromLine(address, settings.characterSet);
}

function textParameters(sms: SmsContext, command: Command, answer: Answer): void {
  const { settings } = sms;
  if (command.form === 'read') {
    answer.line(`+CSMP: ${settings.textMode.join(',')}`);
    return;
  }
  if (command.form === 'test') {
    answer.line('+CSMP: (0-255),(0-255),(0-255),(0-255)');
    return;
  }
  settings.textMode = settings.textMode.map((now, place) => {
    const value = numberAt(command, place, now);
    if (value === undefined || value > 255) throw cmsError(305);
    return value;
  }) as SmsSettings['textMode'];
}

function service(sms: SmsContext, command: Command, answer: Answer): void {
  if (command.form === 'test') {
    answer.line('+CSMS: (0,1)');
    return;
  }
  if (command.form === 'read') {
    answer.line(`+CSMS: ${sms.settings.service},1,1,1`);
    return;
  }
  const wanted = numberAt(command, 0, 0);
  if (wanted !== 0 && wanted !== 1) throw cmsError(303);
  sms.settings.service = wanted;
  answer.line('+CSMS: 1,1,1');
}

function notification(sms: SmsContext, command: Command, answer: Answer): void {
  const { settings } = sms;
  if (command.form === 'test') {
    answer.line(`+CNMI: ${NOTIFY_TEST}`);
    return;
  }
  if (command.form === 'read') {
    answer.line(`+CNMI: ${settings.notify.join(',')}`);
    return;
  }
  settings.notify = settings.notify.map((now, place) => {
    const value = numberAt(command, place, command.form === 'run' ? 0 : now);
    if (value === undefined || value > (NOTIFY_LIMITS[place] ?? 0)) throw cmsError(302);
    return value;
  }) as SmsSettings['notify'];
}
