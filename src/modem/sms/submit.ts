import { encodeAddress } from './address.ts';
import { toHex } from './octets.ts';
import { type Content, splitContent } from './split.ts';
import type { EncodedUserData } from './user-data.ts';

export interface SubmitOptions {
  /** `+4915112345678`, or digits, `*` and `#`. */
  readonly to: string;
  readonly content: Content;
  /** Joins the parts of a long message, 0 to 255. Consecutive messages to one number need different ones. */
  readonly reference: number;
  /** How long the service centre keeps trying, rounded up to what can be said. Default one day. */
  readonly validityMinutes?: number;
  readonly statusReport?: boolean;
}

/** One PDU for `AT+CMGS`. */
export interface SubmitPdu {
  /** Hexadecimal, with `00` before the TPDU: the service centre of the SIM. */
  readonly hex: string;
  /** Octets of the TPDU, the number that `AT+CMGS=` wants. */
  readonly length: number;
}

const SUBMIT = 0x01;
const RELATIVE_VALIDITY = 0x10;
const STATUS_REPORT_REQUEST = 0x20;
const USER_DATA_HEADER = 0x40;
const ONE_DAY_MINUTES = 1440;

/** SMS-SUBMIT in as many parts as it needs (3GPP TS 23.040 9.2.2.2). Throws `bad-number`, `too-long`. */
export function encodeSubmit(options: SubmitOptions): SubmitPdu[] {
  const parts = splitContent(options.content, options.reference);
  return parts.map((part) => {
    const tpdu = encodeTpdu(options, part);
    return { hex: `00${toHex(tpdu)}`, length: tpdu.length };
  });
}

function encodeTpdu(options: SubmitOptions, part: EncodedUserData): Uint8Array {
  const first =
    SUBMIT |
    RELATIVE_VALIDITY |
    (options.statusReport ? STATUS_REPORT_REQUEST : 0) |
    (part.hasHeader ? USER_DATA_HEADER : 0);
  return Uint8Array.of(
    first,
    0, // TP-Message-Reference: the modem sets it.
    ...encodeAddress(options.to),
    0, // TP-Protocol-Identifier: plain SMS.
    part.coding,
    encodeValidity(options.validityMinutes ?? ONE_DAY_MINUTES),
    part.length,
    ...part.octets,
  );
}

/** TP-Validity-Period, relative (3GPP TS 23.040 9.2.3.12.1): steps of 5 minutes, 30 minutes, days, weeks. */
export function encodeValidity(minutes: number): number {
  if (minutes <= 720) return Math.max(0, Math.ceil(minutes / 5) - 1);
  if (minutes <= ONE_DAY_MINUTES) return 143 + Math.ceil((minutes - 720) / 30);
  const days = Math.ceil(minutes / ONE_DAY_MINUTES);
  if (days <= 30) return 166 + days;
  return Math.min(255, 192 + Math.ceil(days / 7));
}

/** Minutes that a relative TP-Validity-Period stands for. */
export function decodeValidity(octet: number): number {
  if (octet <= 143) return (octet + 1) * 5;
  if (octet <= 167) return 720 + (octet - 143) * 30;
  if (octet <= 196) return (octet - 166) * ONE_DAY_MINUTES;
  return (octet - 192) * 7 * ONE_DAY_MINUTES;
}
