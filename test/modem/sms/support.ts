/**
 * Builds PDUs as a service centre does, octet by octet, without the codec under test: septets are packed
 * through a string of bits, digits are swapped as text.
 */

export function swapped(digits: string): string {
  const even = digits.length % 2 === 0 ? digits : `${digits}F`;
  return even.replace(/(.)(.)/g, '$2$1');
}

/** Septets as hexadecimal, after `fill` zero bits. */
export function packed(septets: readonly number[], fill = 0): string {
  const bits = septets.map((septet) => septet.toString(2).padStart(7, '0').split('').reverse().join(''));
  const all = '0'.repeat(fill) + bits.join('');
  const octets = all.match(/.{1,8}/g) ?? [];
  return octets.map((octet) => hex(Number.parseInt(octet.split('').reverse().join(''), 2))).join('');
}

/** Septets of a text in which every character has its ASCII code in the GSM alphabet. */
export function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

export function hex(value: number): string {
  return value.toString(16).padStart(2, '0').toUpperCase();
}

export interface DeliverParts {
  readonly smsc?: string;
  readonly first?: string;
  /** Length, type and digits of the originating address. */
  readonly from?: string;
  readonly pid?: string;
  readonly dcs?: string;
  /** 2026-01-02 03:04:05 GMT when left out. */
  readonly time?: string;
  readonly length?: string;
  readonly data?: string;
}

/** An SMS-DELIVER from +4915112345678 with the text `hello`, but for what is given. */
export function deliver(parts: DeliverParts = {}): string {
  const whole = {
    smsc: `0791${swapped('491710760000')}`,
    first: '04',
    from: `0D91${swapped('4915112345678')}`,
    pid: '00',
    dcs: '00',
    time: '62102030405000',
    length: '05',
    data: packed(ascii('hello')),
    ...parts,
  };
  const { smsc, first, from, pid, dcs, time, length, data } = whole;
  return smsc + first + from + pid + dcs + time + length + data;
}

/** A text as one SMS-DELIVER, or as part `part` of `count` with an 8-bit reference. ASCII only. */
export function deliverText(
  text: string,
  place?: { reference: number; count: number; part: number },
  more: DeliverParts = {},
): string {
  if (!place) return deliver({ length: hex(text.length), data: packed(ascii(text)), ...more });
  const header = `050003${hex(place.reference)}${hex(place.count)}${hex(place.part)}`;
  return deliver({
    first: '44',
    length: hex(text.length + 7),
    data: header + packed(ascii(text), 1),
    ...more,
  });
}
