import type { Personality } from '../personalities.ts';

/** LTE with 3G and 2G. ATH ends no voice call until +CVHU is 0. */
export const SIM7600: Personality = {
  name: 'sim7600',
  manufacturer: 'SIMCOM INCORPORATED',
  model: 'SIMCOM_SIM7600G-H',
  revision: 'LE20B04SIM7600G22',
  bootLines: ['RDY', '+CPIN: READY', 'SMS DONE', 'PB DONE'],
  labelledRevision: true,
  callBegin: 'VOICE CALL: BEGIN',
  callEnd: 'VOICE CALL: END: %s',
  missedCall: 'MISSED_CALL: %t %n',
  cvhu: 1,
  smsSlots: { SM: 40, ME: 23 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: 'simcom',
  vendorCommands: ['+SPIC', '+CSCLK'],
  sleep: { setting: '+CSCLK', byDtr: 1, byItself: undefined, quietMs: 100, wakeMs: 20 },
};
