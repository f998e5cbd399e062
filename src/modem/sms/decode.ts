import { type Address, readAddress, readSmsc } from './address.ts';
import { type Coding, codingOf } from './coding.ts';
import { badPdu, fromHex, OctetReader } from './octets.ts';
import { decodeValidity } from './submit.ts';
import { readTimestamp } from './timestamp.ts';
import { readUserData, type UserData } from './user-data.ts';

interface Message {
  readonly smsc: Address | undefined;
  /** TP-Protocol-Identifier. */
  readonly protocol: number;
  readonly coding: Coding;
  readonly userData: UserData;
}

/** SMS-DELIVER (3GPP TS 23.040 9.2.2.1). */
export interface Deliver extends Message {
  readonly type: 'deliver';
  readonly from: Address;
  /** TP-Service-Centre-Time-Stamp, milliseconds since 1970. */
  readonly sentAt: number;
}

/** SMS-SUBMIT (3GPP TS 23.040 9.2.2.2). */
export interface Submit extends Message {
  readonly type: 'submit';
  readonly reference: number;
  readonly to: Address;
  /** Of a relative TP-Validity-Period. */
  readonly validityMinutes: number | undefined;
  readonly statusReport: boolean;
}

/** SMS-STATUS-REPORT (3GPP TS 23.040 9.2.2.3). */
export interface StatusReport {
  readonly type: 'status-report';
  readonly smsc: Address | undefined;
  /** TP-Message-Reference of the message that it is about. */
  readonly reference: number;
  readonly to: Address;
  /** When the service centre took the message, and when this status began, milliseconds since 1970. */
  readonly sentAt: number;
  readonly dischargedAt: number;
  /** TP-Status (3GPP TS 23.040 9.2.3.15), and what it means. */
  readonly status: number;
  readonly outcome: 'delivered' | 'trying' | 'failed';
}

/** What a service centre sent: an SMS-DELIVER or an SMS-STATUS-REPORT. Throws ModemError `bad-pdu`. */
export function decodeReceived(hex: string): Deliver | StatusReport {
  const reader = new OctetReader(fromHex(hex));
  const smsc = readSmsc(reader);
  const first = reader.octet('message type');
  // 3GPP TS 23.040 9.2.3.1: a reserved type is to be treated as SMS-DELIVER.
  return (first & 3) === 2 ? readStatusReport(reader, smsc) : readDeliver(reader, smsc, first);
}

/** What this side sent. Throws ModemError `bad-pdu`. */
export function decodeSubmit(hex: string): Submit {
  const reader = new OctetReader(fromHex(hex));
  const smsc = readSmsc(reader);
  const first = reader.octet('message type');
  if ((first & 3) !== 1) throw badPdu('message type', `${first & 3} is no SMS-SUBMIT`);
  const reference = reader.octet('message reference');
  const to = readAddress(reader, 'destination address');
  const protocol = reader.octet('protocol identifier');
  const coding = codingOf(reader.octet('data coding scheme'));
  const validityMinutes = readValidity(reader, (first >> 3) & 3);
  const userData = readUserData(reader, coding, (first & 0x40) !== 0);
  const statusReport = (first & 0x20) !== 0;
  return { type: 'submit', smsc, reference, to, protocol, coding, validityMinutes, userData, statusReport };
}

function readDeliver(reader: OctetReader, smsc: Address | undefined, first: number): Deliver {
  const from = readAddress(reader, 'originating address');
  const protocol = reader.octet('protocol identifier');
  const coding = codingOf(reader.octet('data coding scheme'));
  const sentAt = readTimestamp(reader, 'time stamp');
  const userData = readUserData(reader, coding, (first & 0x40) !== 0);
  return { type: 'deliver', smsc, from, protocol, coding, sentAt, userData };
}

/** What may follow the status (TP-Parameter-Indicator and on) says nothing that is used here. */
function readStatusReport(reader: OctetReader, smsc: Address | undefined): StatusReport {
  const reference = reader.octet('message reference');
  const to = readAddress(reader, 'recipient address');
  const sentAt = readTimestamp(reader, 'time stamp');
  const dischargedAt = readTimestamp(reader, 'discharge time');
  const status = reader.octet('status');
  const outcome = status < 0x20 ? 'delivered' : status < 0x40 ? 'trying' : 'failed';
  return { type: 'status-report', smsc, reference, to, sentAt, dischargedAt, status, outcome };
}

/** TP-Validity-Period-Format: none, enhanced, relative, absolute. */
function readValidity(reader: OctetReader, format: number): number | undefined {
  if (format === 2) return decodeValidity(reader.octet('validity period'));
  if (format !== 0) reader.take(7, 'validity period');
  return undefined;
}
