import { SimulatorError } from '../errors.ts';

/** Reads octets one after another; running over the end is a `bad-tpdu`. */
export class OctetReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  octet(): number {
    return this.take(1)[0] ?? 0;
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#octets.length) throw badTpdu('it ends too early', this.#octets);
    this.#at += count;
    return this.#octets.subarray(this.#at - count, this.#at);
  }

  rest(): Uint8Array {
    return this.take(this.#octets.length - this.#at);
  }
}

export function badTpdu(problem: string, octets: Uint8Array): SimulatorError {
  const hex = toHex(octets);
  return new SimulatorError(`TPDU ${hex}: ${problem}`, { code: 'bad-tpdu', fields: { tpdu: hex, problem } });
}

export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex').toUpperCase();
}

/** The octets of hexadecimal digits, or undefined when it is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  return /^([0-9a-f]{2})*$/i.test(text) ? Uint8Array.from(Buffer.from(text, 'hex')) : undefined;
}
