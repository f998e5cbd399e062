import { badPdu, OctetReader } from './octets.ts';

/** Place of a part in a concatenated message (3GPP TS 23.040 9.2.3.24.1 and .8). */
export interface Concatenation {
  readonly reference: number;
  /** Width of the reference: 8- and 16-bit ones are different messages. */
  readonly bits: 8 | 16;
  readonly count: number;
  /** 1 to `count`. */
  readonly part: number;
}

/** Application ports (3GPP TS 23.040 9.2.3.24.3 and .4). */
export interface Ports {
  readonly destination: number;
  readonly source: number;
}

/** A user data header, taken apart. */
export interface Header {
  readonly concatenation: Concatenation | undefined;
  readonly ports: Ports | undefined;
  /** Elements that are none of these, and concatenations whose values the standard tells to ignore. */
  readonly others: readonly { readonly id: number; readonly octets: Uint8Array }[];
}

const CONCATENATION_8 = 0x00;
const PORTS_8 = 0x04;
const PORTS_16 = 0x05;
const CONCATENATION_16 = 0x08;
const LENGTHS = new Map([
  [CONCATENATION_8, 3],
  [PORTS_8, 2],
  [PORTS_16, 4],
  [CONCATENATION_16, 4],
]);

/** Reads the elements of a header (without its length octet). A repeated element replaces the earlier one. */
export function readHeader(octets: Uint8Array): Header {
  const reader = new OctetReader(octets);
  let { concatenation, ports }: Partial<Header> = {};
  const others: { id: number; octets: Uint8Array }[] = [];
  while (reader.left > 0) {
    const element = readElement(reader);
    const place = concatenationOf(element);
    const numbers = portsOf(element);
    if (place) concatenation = place;
    else if (numbers) ports = numbers;
    else others.push(element);
  }
  return { concatenation, ports, others };
}

/** Elements with their lengths, and the header's own length octet; empty when there is nothing to say. */
export function encodeHeader(concatenation?: Concatenation, ports?: Ports): Uint8Array {
  const elements: number[] = [];
  if (ports) elements.push(PORTS_16, 4, ...two(ports.destination), ...two(ports.source));
  if (concatenation?.bits === 8) {
    elements.push(CONCATENATION_8, 3, concatenation.reference, concatenation.count, concatenation.part);
  }
  return elements.length === 0 ? new Uint8Array() : Uint8Array.of(elements.length, ...elements);
}

interface Element {
  readonly id: number;
  readonly octets: Uint8Array;
}

function readElement(reader: OctetReader): Element {
  const id = reader.octet('user data header');
  const name = `user data header element ${id.toString(16).padStart(2, '0')}`;
  const octets = reader.take(reader.octet(`${name} length`), name);
  const expected = LENGTHS.get(id);
  if (expected !== undefined && octets.length !== expected) {
    throw badPdu(name, `${octets.length} octets instead of ${expected}`);
  }
  return { id, octets };
}

function concatenationOf({ id, octets }: Element): Concatenation | undefined {
  if (id !== CONCATENATION_8 && id !== CONCATENATION_16) return undefined;
  const wide = id === CONCATENATION_16;
  const [count = 0, part = 0] = octets.subarray(wide ? 2 : 1);
  if (part === 0 || part > count) return undefined;
  const reference = wide ? number16(octets, 0) : (octets[0] ?? 0);
  return { reference, bits: wide ? 16 : 8, count, part };
}

function portsOf({ id, octets }: Element): Ports | undefined {
  if (id === PORTS_8) return { destination: octets[0] ?? 0, source: octets[1] ?? 0 };
  if (id === PORTS_16) return { destination: number16(octets, 0), source: number16(octets, 2) };
  return undefined;
}

function number16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}

function two(value: number): [number, number] {
  return [(value >> 8) & 0xff, value & 0xff];
}
