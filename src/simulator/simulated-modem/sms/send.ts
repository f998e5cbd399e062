import { readServiceCentre } from '../../tpdu/address.ts';
import { fromHex, OctetReader } from '../../tpdu/reader.ts';
import { encodeSubmit, parseSubmit, type Submit } from '../../tpdu/tpdu.ts';
import { alphabetOf, gsm7DataOf, type UserData } from '../../tpdu/user-data.ts';
import type { Answer, Behaviour } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import type { Radio } from '../general/radio.ts';
import { cmsError } from '../refusal.ts';
import { fromLine } from './characters.ts';
import type { SmsContext } from './context.ts';
import type { StoredSms } from './store.ts';

const REPORT_REQUEST = 0x20;
const USER_DATA_HEADER = 0x40;
const LONGEST_USER_DATA = 140;
const NO_SERVICE_CENTRE = Uint8Array.of(0);

/** Sending messages, and writing them into the store (3GPP TS 27.005 3.5 and 4). */
export function smsSendBehaviour(sms: SmsContext, radio: Radio): Behaviour {
  let reference = 0;
  const send = (tpdu: Uint8Array, answer: Answer, name: string) => {
    reference = (reference + 1) & 0xff;
    transmit(sms, radio, tpdu, reference);
    answer.line(`${name}: ${reference}`);
  };
  return {
    handlers: {
      '+CMGS': async (command, answer) => {
        if (command.form === 'test') return;
        const message = await compose(sms, command, answer);
        if (message) send(message.tpdu, answer, '+CMGS');
      },
      '+CMGW': async (command, answer) => {
        if (command.form === 'test') return;
        const message = await compose(sms, command, answer);
        if (!message) return;
        const index = sms.store.add(sms.settings.memories[1], message);
        if (index === undefined) throw cmsError(322);
        answer.line(`+CMGW: ${index}`);
      },
      '+CMSS': (command, answer) => {
        if (command.form !== 'set') return;
        const stored = sms.store.get(sms.settings.memories[1], numberAt(command, 0) ?? -1);
        send(withReceiver(stored.tpdu, command.values[1]), answer, '+CMSS');
        if (stored.status === 2) stored.status = 3;
      },
    },
  };
}

function transmit(sms: SmsContext, radio: Radio, tpdu: Uint8Array, reference: number): void {
  if (!radio.registered) throw cmsError(331);
  const submit = { ...submitOf(tpdu), reference };
  if (!sms.modem.attachment.submit(submit)) throw cmsError(1);
}

function submitOf(tpdu: Uint8Array): Submit {
  try {
    return parseSubmit(tpdu);
  } catch {
    throw cmsError(304);
  }
}

function withReceiver(tpdu: Uint8Array, to: string | undefined): Uint8Array {
  return to ? encodeSubmit({ ...submitOf(tpdu), to }) : tpdu;
}

/** Prompts for a message; undefined when it was given up with ESC. */
async function compose(sms: SmsContext, command: Command, answer: Answer): Promise<StoredSms | undefined> {
  if (sms.textMode) return composeText(sms, command, answer);
  const length = numberAt(command, 0);
  if (length === undefined) throw cmsError(304);
  const typed = await answer.prompt({});
  return typed && { status: 2, ...takeApart(typed, length) };
}

/** `length` counts the TPDU without the service centre (TS 27.005 4.3). Blanks and line ends around it are let pass. */
function takeApart(typed: Uint8Array, length: number): { serviceCentre: Uint8Array; tpdu: Uint8Array } {
  const octets = fromHex(Buffer.from(typed).toString('latin1').trim());
  if (!octets || octets.length === 0) throw cmsError(304);
  const reader = new OctetReader(octets);
  try {
    readServiceCentre(reader);
    const tpdu = reader.rest();
    if (tpdu.length === length)
      return { serviceCentre: octets.slice(0, octets.length - length), tpdu: Uint8Array.from(tpdu) };
  } catch {
    // Too short for the length of its own service centre: the same refusal.
  }
  throw cmsError(304);
}

async function composeText(
  sms: SmsContext,
  command: Command,
  answer: Answer,
): Promise<StoredSms | undefined> {
  const { settings } = sms;
  const receiver = command.values[0] ?? '';
  if (receiver === '' && command.name === '+CMGS') throw cmsError(305);
  const to =
    /^\+?[\d*#]+$/.test(receiver) && settings.characterSet !== 'UCS2'
      ? receiver
      : fromLine(receiver, settings.characterSet);
  const typed = await answer.prompt({ lines: true });
  if (!typed) return undefined;
  const [firstOctet, , pid, dcs] = settings.textMode;
  const data = dataOf(Buffer.from(typed).toString('latin1'), sms, dcs, (firstOctet & USER_DATA_HEADER) !== 0);
  const wantsReport = (firstOctet & REPORT_REQUEST) !== 0;
  const tpdu = encodeSubmit({ ...data, reference: 0, to, pid, wantsReport });
  return { status: 2, serviceCentre: NO_SERVICE_CENTRE, tpdu };
}

function dataOf(typed: string, sms: SmsContext, dcs: number, hasHeader: boolean): UserData {
  const text = typed.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  if (alphabetOf(dcs) === 'gsm7' && !hasHeader)
    return { ...gsm7DataOf(fromLine(text, sms.settings.characterSet)), dcs };
  const octets = fromHex(text.trim());
  if (!octets || octets.length > LONGEST_USER_DATA) throw cmsError(305);
  return { dcs, hasHeader, length: octets.length, octets };
}
