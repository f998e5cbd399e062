import type { Personality } from '../personalities.ts';

/** LTE Cat 1 with 2G. */
export const A7670: Personality = {
  name: 'a7670',
  manufacturer: 'INCORPORATED',
  model: 'A7670E-FASE',
  revision: 'A7670M7_V1.11.1',
  bootLines: ['*ATREADY: 1', '+CPIN: READY', 'SMS DONE', 'PB DONE'],
  labelledRevision: true,
  callBegin: 'VOICE CALL: BEGIN',
  callEnd: 'VOICE CALL: END: %s',
  missedCall: undefined,
  cvhu: 0,
  smsSlots: { SM: 40, ME: 180 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: 'simcom',
  vendorCommands: ['+SPIC', '+CSCLK'],
  refuses: ['+CVHU'],
  sleep: { setting: '+CSCLK', byDtr: 1, byItself: undefined, quietMs: 100, wakeMs: 20 },
};
