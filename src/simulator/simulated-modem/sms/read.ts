import type { Answer, Behaviour } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import { cmsError } from '../refusal.ts';
import type { SmsContext } from './context.ts';
import { shownSms } from './format.ts';
import { type SmsStatus, STATUS_TEXTS } from './store.ts';

const ALL = 4;

/** What +CMGD deletes besides the one slot, by its flag: which states go (3GPP TS 27.005 3.5.4). */
const DELETED_STATES: readonly (readonly SmsStatus[])[] = [[], [1], [1, 3], [1, 3, 2], [0, 1, 2, 3]];

/** Listing, reading and deleting stored messages. */
export function smsReadBehaviour(sms: SmsContext): Behaviour {
  return {
    handlers: {
      '+CMGL': (command, answer) => list(sms, command, answer),
      '+CMGR': (command, answer) => read(sms, command, answer),
      '+CMGD': (command, answer) => remove(sms, command, answer),
    },
  };
}

function list(sms: SmsContext, command: Command, answer: Answer): void {
  if (command.form === 'test') {
    answer.line(
      `+CMGL: ${sms.textMode ? '("REC UNREAD","REC READ","STO UNSENT","STO SENT","ALL")' : '(0-4)'}`,
    );
    return;
  }
  const wanted = sms.textMode ? statusByName(command) : statusByNumber(command);
  for (const { index, sms: stored } of sms.store.all(sms.settings.memories[0])) {
    if (wanted !== ALL && stored.status !== wanted) continue;
    const { header, body } = shownSms(sms, stored, true);
    answer.line(`+CMGL: ${index},${header}`);
    answer.line(body);
    if (stored.status === 0) stored.status = 1;
  }
}

function statusByNumber(command: Command): number {
  const wanted = numberAt(command, 0, 0);
  if (wanted === undefined || wanted > ALL) throw cmsError(305);
  return wanted;
}

function statusByName(command: Command): number {
  const wanted = command.values[0]?.toUpperCase() ?? 'REC UNREAD';
  if (wanted === 'ALL') return ALL;
  const found = (STATUS_TEXTS as readonly string[]).indexOf(wanted);
  if (found < 0) throw cmsError(305);
  return found;
}

function read(sms: SmsContext, command: Command, answer: Answer): void {
  if (command.form !== 'set') return;
  const index = numberAt(command, 0);
  if (index === undefined) throw cmsError(321);
  const stored = sms.store.get(sms.settings.memories[0], index);
  const { header, body } = shownSms(sms, stored, false);
  answer.line(`+CMGR: ${header}`);
  answer.line(body);
  if (stored.status === 0) stored.status = 1;
}

function remove(sms: SmsContext, command: Command, answer: Answer): void {
  const memory = sms.settings.memories[0];
  const { store } = sms;
  if (command.form === 'test') {
    const used = store.all(memory).map(({ index }) => index);
    answer.line(`+CMGD: (${used.join(',')}),(0-4)`);
    return;
  }
  const index = numberAt(command, 0);
  const states = DELETED_STATES[numberAt(command, 1, 0) ?? -1];
  if (index === undefined || !states) throw cmsError(321);
  if (states.length === 0) store.remove(memory, index);
  for (const { index: each, sms: stored } of store.all(memory)) {
    if (states.includes(stored.status)) store.remove(memory, each);
  }
  answer.after(() => sms.modem.attachment.memoryAvailable());
}
