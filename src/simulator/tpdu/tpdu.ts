import { encodeAddress, readAddress } from './address.ts';
import { badTpdu, OctetReader } from './reader.ts';
import { encodeTimestamp, readTimestamp } from './timestamp.ts';
import { octetsOf, type UserData } from './user-data.ts';

/** A message on its way to the network (3GPP TS 23.040 9.2.2.2). */
export interface Submit extends UserData {
  readonly reference: number;
  readonly to: string;
  readonly pid: number;
  readonly wantsReport: boolean;
}

/** A message that reached a modem (TS 23.040 9.2.2.1). */
export interface Deliver extends UserData {
  readonly from: string;
  readonly pid: number;
  readonly firstOctet: number;
  /** `26/01/31,23:59:59+00`. */
  readonly timestamp: string;
}

export interface StatusReport {
  readonly reference: number;
  readonly to: string;
  /** When it was sent and when it arrived, milliseconds since 1970. */
  readonly sentAt: number;
  readonly doneAt: number;
  /** TP-Status, TS 23.040 9.2.3.15: 0 delivered. */
  readonly status: number;
}

const TYPE = 0x03;
const TYPE_DELIVER = 0x00;
const TYPE_SUBMIT = 0x01;
const TYPE_STATUS_REPORT = 0x02;
const NO_MORE_MESSAGES = 0x04;
const REPORT_REQUEST = 0x20;
const USER_DATA_HEADER = 0x40;

/** Octets of the validity period for the format in bits 4 and 3 of the first octet: none, enhanced, relative, absolute. */
const VALIDITY_OCTETS = [0, 7, 1, 7];

/** Takes a SUBMIT apart; throws SimulatorError `bad-tpdu`. */
export function parseSubmit(tpdu: Uint8Array): Submit {
  const reader = new OctetReader(tpdu);
  const first = reader.octet();
  if ((first & TYPE) !== TYPE_SUBMIT) throw badTpdu('it is no SMS-SUBMIT', tpdu);
  const reference = reader.octet();
  const to = readAddress(reader);
  const pid = reader.octet();
  const dcs = reader.octet();
  reader.take(VALIDITY_OCTETS[(first >> 3) & 3] ?? 0);
  const data = readUserData(reader, dcs, (first & USER_DATA_HEADER) !== 0);
  if (reader.rest().length > 0) throw badTpdu('it is longer than its user data', tpdu);
  return { reference, to, pid, wantsReport: (first & REPORT_REQUEST) !== 0, ...data };
}

/** A SUBMIT without validity period. `firstOctet` as set with +CSMP; its validity bits are left out. */
export function encodeSubmit(submit: Submit): Uint8Array {
  const first =
    TYPE_SUBMIT | (submit.wantsReport ? REPORT_REQUEST : 0) | (submit.hasHeader ? USER_DATA_HEADER : 0);
  const address = encodeAddress(submit.to);
  return Uint8Array.from([
    first,
    submit.reference,
    ...address,
    submit.pid,
    submit.dcs,
    submit.length,
    ...submit.octets,
  ]);
}

/** `sentAt`: milliseconds since 1970, becomes the service centre time stamp. */
export function encodeDeliver(
  message: UserData & { readonly from: string; readonly pid: number },
  sentAt: number,
): Uint8Array {
  const first = TYPE_DELIVER | NO_MORE_MESSAGES | (message.hasHeader ? USER_DATA_HEADER : 0);
  return Uint8Array.from([
    first,
    ...encodeAddress(message.from),
    message.pid,
    message.dcs,
    ...encodeTimestamp(sentAt),
    message.length,
    ...message.octets,
  ]);
}

export function parseDeliver(tpdu: Uint8Array): Deliver {
  const reader = new OctetReader(tpdu);
  const firstOctet = reader.octet();
  if ((firstOctet & TYPE) !== TYPE_DELIVER) throw badTpdu('it is no SMS-DELIVER', tpdu);
  const from = readAddress(reader);
  const pid = reader.octet();
  const dcs = reader.octet();
  const timestamp = readTimestamp(reader);
  const data = readUserData(reader, dcs, (firstOctet & USER_DATA_HEADER) !== 0);
  return { firstOctet, from, pid, timestamp, ...data };
}

/** TS 23.040 9.2.2.3. */
export function encodeStatusReport(report: StatusReport): Uint8Array {
  return Uint8Array.from([
    TYPE_STATUS_REPORT | NO_MORE_MESSAGES,
    report.reference,
    ...encodeAddress(report.to),
    ...encodeTimestamp(report.sentAt),
    ...encodeTimestamp(report.doneAt),
    report.status,
  ]);
}

export function isSubmit(tpdu: Uint8Array): boolean {
  return ((tpdu[0] ?? 0) & TYPE) === TYPE_SUBMIT;
}

function readUserData(reader: OctetReader, dcs: number, hasHeader: boolean): UserData {
  const length = reader.octet();
  return { dcs, hasHeader, length, octets: Uint8Array.from(reader.take(octetsOf(dcs, length))) };
}
