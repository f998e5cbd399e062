import type { Personality } from '../personalities.ts';

/** LTE-M, NB-IoT and 2G; no voice. */
export const SIM7070: Personality = {
  name: 'sim7070',
  manufacturer: 'SIMCOM_Ltd',
  model: 'SIMCOM_SIM7070',
  revision: '1951B16SIM7070',
  bootLines: ['RDY', '+CPIN: READY', 'SMS Ready'],
  labelledRevision: false,
  callBegin: undefined,
  callEnd: undefined,
  missedCall: undefined,
  cvhu: 0,
  voice: false,
  smsSlots: { SM: 20, ME: 10 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: undefined,
  vendorCommands: ['+SPIC', '+CSCLK'],
  refuses: ['+CLIP', '+CRC', '+CHUP', '+CVHU', '+CHLD'],
  sleep: { setting: '+CSCLK', byDtr: 1, byItself: undefined, quietMs: 100, wakeMs: 20 },
};
