import type { OctetReader } from './reader.ts';

/** Seven octets of a service centre time stamp (3GPP TS 23.040 9.2.3.11), in UTC. `at`: milliseconds since 1970. */
export function encodeTimestamp(at: number): Uint8Array {
  const date = new Date(at);
  const fields = [
    date.getUTCFullYear() % 100,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    0,
  ];
  return Uint8Array.from(fields.map((field) => ((field % 10) << 4) | Math.floor(field / 10)));
}

/** As AT commands show it in text mode: `26/01/31,23:59:59+00`, the zone in quarters of an hour. */
export function readTimestamp(reader: OctetReader): string {
  const [year, month, day, hour, minute, second, zone] = [...reader.take(7)].map(swapped);
  const zoneOctet = zone ?? '00';
  const sign = Number.parseInt(zoneOctet[0] ?? '0', 16) & 8 ? '-' : '+';
  const quarters = `${Number.parseInt(zoneOctet[0] ?? '0', 16) & 7}${zoneOctet[1]}`;
  return `${year}/${month}/${day},${hour}:${minute}:${second}${sign}${quarters}`;
}

/** The same form for `+CCLK`, in UTC. */
export function clockText(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(2, 10).replaceAll('-', '/')},${iso.slice(11, 19)}+00`;
}

function swapped(octet: number): string {
  return `${(octet & 0x0f).toString(16)}${(octet >> 4).toString(16)}`;
}
