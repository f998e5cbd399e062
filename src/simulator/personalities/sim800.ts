import type { Personality } from '../personalities.ts';

/** 2G on one UART. While it finds its speed by itself (autobauding) it says no RDY; a second `Call Ready` tells of a reset. */
export const SIM800: Personality = {
  name: 'sim800',
  manufacturer: 'SIMCOM_Ltd',
  model: 'SIMCOM_SIM800L',
  revision: '1418B05SIM800L24',
  bootLines: ['+CPIN: READY', 'Call Ready', 'SMS Ready'],
  labelledRevision: false,
  callBegin: undefined,
  callEnd: undefined,
  missedCall: undefined,
  cvhu: 0,
  smsSlots: { SM: 30, ME: 10 },
  firstIndex: 1,
  keepsUrcsInData: false,
  sockets: 'sim800',
  vendorCommands: ['+SPIC', '+CSCLK', '+MORING'],
  refuses: ['+CHUP', '+CPINR', '+CEREG', '+CVHU'],
  sleep: { setting: '+CSCLK', byDtr: 1, byItself: 2, quietMs: 5000, wakeMs: 20 },
};
