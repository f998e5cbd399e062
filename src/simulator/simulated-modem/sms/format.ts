import { typeOfAddress } from '../../tpdu/address.ts';
import { toHex } from '../../tpdu/reader.ts';
import { isSubmit, parseDeliver, parseSubmit } from '../../tpdu/tpdu.ts';
import { alphabetOf, textOf, type UserData } from '../../tpdu/user-data.ts';
import { toLine } from './characters.ts';
import type { SmsContext } from './context.ts';
import { STATUS_TEXTS, type StoredSms } from './store.ts';

/** One message as AT commands show it (3GPP TS 27.005 3 and 4): what follows the name and slot, and the line under it. */
export interface Shown {
  /** `1,,24` or `"REC READ","+49...",,"26/01/31,..."`. */
  readonly header: string;
  /** Hexadecimal digits, or text in the character set of the line. */
  readonly body: string;
}

export function shownSms(sms: SmsContext, stored: StoredSms, list: boolean): Shown {
  if (sms.textMode) return legible(stored.tpdu) ? shownAsText(sms, stored, list) : shownAsBytes(stored);
  const body = toHex(Uint8Array.from([...stored.serviceCentre, ...stored.tpdu]));
  return { header: `${stored.status},,${stored.tpdu.length}`, body };
}

/** A status report, or what is no message at all: text mode has no words for it. */
function shownAsBytes(stored: StoredSms): Shown {
  return { header: `"${STATUS_TEXTS[stored.status]}","",,""`, body: toHex(stored.tpdu) };
}

function legible(tpdu: Uint8Array): boolean {
  try {
    return isSubmit(tpdu) ? parseSubmit(tpdu).length >= 0 : parseDeliver(tpdu).length >= 0;
  } catch {
    return false;
  }
}

function shownAsText(sms: SmsContext, stored: StoredSms, list: boolean): Shown {
  const details = sms.modem.parameters.get('+CSDH') === 1;
  const status = `"${STATUS_TEXTS[stored.status]}"`;
  if (isSubmit(stored.tpdu)) {
    const submit = parseSubmit(stored.tpdu);
    const extra = details ? submitDetails(sms, submit, list) : '';
    return { header: `${status},${address(sms, submit.to)},${extra}`, body: bodyOf(sms, submit) };
  }
  const header = `${status},${deliveredHeader(sms, stored.tpdu, list)}`;
  return { header, body: bodyOf(sms, parseDeliver(stored.tpdu)) };
}

/** `"+49...",,"26/01/31,23:59:59+00"` and, with +CSDH=1, the details; for +CMT, too. */
export function deliveredHeader(sms: SmsContext, tpdu: Uint8Array, list: boolean): string {
  const message = parseDeliver(tpdu);
  const basic = `${address(sms, message.from)},,"${message.timestamp}"`;
  if (sms.modem.parameters.get('+CSDH') === 0) return basic;
  const type = typeOfAddress(message.from);
  if (list) return `${basic},${type},${message.length}`;
  const centre = `"${sms.modem.attachment.network.serviceCentre}",145`;
  return `${basic},${type},${message.firstOctet},${message.pid},${message.dcs},${centre},${message.length}`;
}

/** Data that is no plain text is shown as hexadecimal digits (TS 27.005 3.1, <data>). */
export function bodyOf(sms: SmsContext, data: UserData): string {
  const { characterSet } = sms.settings;
  const plain = !data.hasHeader && alphabetOf(data.dcs) === 'gsm7';
  return plain ? toLine(textOf(data), characterSet) : toHex(data.octets);
}

function submitDetails(
  sms: SmsContext,
  submit: { to: string; pid: number; dcs: number; length: number },
  list: boolean,
): string {
  const type = typeOfAddress(submit.to);
  if (list) return `,${type},${submit.length}`;
  return `${type},17,${submit.pid},${submit.dcs},167,"${sms.settings.serviceCentre}",145,${submit.length}`;
}

function address(sms: SmsContext, value: string): string {
  return `"${toLine(value, sms.settings.characterSet)}"`;
}
