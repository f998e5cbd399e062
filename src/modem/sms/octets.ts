import { ModemError } from '../errors.ts';

/** The error for a PDU that breaks 3GPP TS 23.040; `field` is the standard's name of the broken part. */
export function badPdu(field: string, problem: string): ModemError {
  return new ModemError(`SMS PDU, ${field}: ${problem}`, { code: 'bad-pdu', fields: { field } });
}

/** The octets of a hexadecimal line; throws `bad-pdu`. */
export function fromHex(hex: string): Uint8Array {
  const text = hex.trim();
  if (text.length % 2 === 1) throw badPdu('hexadecimal text', `${text.length} digits, an odd number`);
  if (!/^[0-9A-Fa-f]*$/.test(text)) throw badPdu('hexadecimal text', 'a character that is no digit');
  return Buffer.from(text, 'hex');
}

/** Upper-case hexadecimal, as modems write it. */
export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex').toUpperCase();
}

/** Reads octets one after another and never beyond the end: each read names its field. */
export class OctetReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get left(): number {
    return this.#octets.length - this.#at;
  }

  octet(field: string): number {
    return this.take(1, field)[0] ?? 0;
  }

  take(count: number, field: string): Uint8Array {
    if (count > this.left) throw badPdu(field, `needs ${count} octets, ${this.left} are left`);
    this.#at += count;
    return this.#octets.subarray(this.#at - count, this.#at);
  }
}
