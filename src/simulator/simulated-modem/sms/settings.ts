import type { MemoryName } from './store.ts';

/** Character sets of +CSCS (3GPP TS 27.007 5.5). */
export const CHARACTER_SETS = ['IRA', 'GSM', 'UCS2', 'HEX'] as const;
export type CharacterSet = (typeof CHARACTER_SETS)[number];

/** Settings of short messages that are more than one number. */
export interface SmsSettings {
  characterSet: CharacterSet;
  /** For reading and deleting, for writing and sending, for what arrives (+CPMS). */
  memories: [MemoryName, MemoryName, MemoryName];
  serviceCentre: string;
  /** +CNMI mode, mt, bm, ds, bfr (TS 27.005 3.4.1). */
  notify: [number, number, number, number, number];
  /** +CSMP first octet, validity, protocol, coding. */
  textMode: [number, number, number, number];
  /** +CSMS service: 1 wants +CNMA for what is handed over directly. */
  service: number;
}

export function initialSmsSettings(serviceCentre: string): SmsSettings {
  return {
    characterSet: 'IRA',
    memories: ['SM', 'SM', 'SM'],
    serviceCentre,
    notify: [0, 0, 0, 0, 0],
    textMode: [17, 167, 0, 0],
    service: 0,
  };
}
