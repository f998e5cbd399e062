import type { Personality } from '../personalities.ts';

/** LTE with 3G and 2G. Its unsolicited lines were sent to the second USB port, until they are told to go elsewhere. */
export const EC25: Personality = {
  name: 'ec25',
  manufacturer: 'Quectel',
  model: 'EC25',
  revision: 'EC25EFAR06A06M4G',
  bootLines: ['RDY', '+CPIN: READY', '+QIND: SMS DONE', '+QIND: PB DONE'],
  labelledRevision: false,
  callBegin: undefined,
  callEnd: undefined,
  missedCall: undefined,
  cvhu: 1,
  smsSlots: { SM: 50, ME: 255 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: 'quectel',
  vendorCommands: ['+QPINC', '+QSCLK'],
  refuses: ['+CPINR'],
  urcPort: 'usbmodem',
  sleep: { setting: '+QSCLK', byDtr: 1, byItself: undefined, quietMs: 100, wakeMs: 20 },
};
