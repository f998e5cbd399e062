import { redactNumber } from '../../base/redact.ts';
import { ModemError } from '../errors.ts';
import type { Coding } from './coding.ts';
import { decodeReceived, decodeSubmit } from './decode.ts';
import type { UserData } from './user-data.ts';

const ENCODING_NAMES = { gsm7: 'GSM 7-bit', '8bit': '8-bit', ucs2: 'UCS-2' } as const;

/**
 * One line about a PDU for people: type, redacted address, encoding, length, place in a long message. Never
 * the text itself. Never throws: of a broken PDU it says what is wrong.
 */
export function describePdu(hex: string, direction: 'deliver' | 'submit' | 'status-report'): string {
  try {
    return direction === 'submit' ? describeSubmit(hex) : describeReceived(hex);
  } catch (error) {
    if (error instanceof ModemError) return error.message;
    throw error;
  }
}

function describeSubmit(hex: string): string {
  const { to, coding, userData, statusReport } = decodeSubmit(hex);
  const wish = statusReport ? ', status report wanted' : '';
  return `SMS-SUBMIT to ${redactNumber(to.text)}, ${describeData(coding, userData)}${wish}`;
}

function describeReceived(hex: string): string {
  const message = decodeReceived(hex);
  if (message.type === 'deliver') {
    const { from, coding, userData } = message;
    const sent = new Date(message.sentAt).toISOString().slice(0, 19);
    return `SMS-DELIVER from ${redactNumber(from.text)}, ${describeData(coding, userData)}, sent ${sent}Z`;
  }
  const { to, reference, outcome, status } = message;
  const code = status.toString(16).padStart(2, '0');
  return `SMS-STATUS-REPORT for ${redactNumber(to.text)}, reference ${reference}: ${outcome} (status ${code})`;
}

function describeData(coding: Coding, { header, text }: UserData): string {
  const unit = coding.encoding === '8bit' ? 'octets' : 'characters';
  const parts = [ENCODING_NAMES[coding.encoding], `${text.length} ${unit}`];
  if (coding.compressed) parts.push('compressed');
  if (coding.messageClass !== undefined) parts.push(`class ${coding.messageClass}`);
  if (coding.waiting) parts.push(`message waiting ${coding.waiting.active ? 'on' : 'off'}`);
  if (header?.ports) parts.push(`port ${header.ports.destination}`);
  const place = header?.concatenation;
  if (place) parts.push(`part ${place.part}/${place.count} of reference ${place.reference}`);
  return parts.join(', ');
}
