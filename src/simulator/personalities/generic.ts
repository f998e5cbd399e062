import type { Personality } from '../personalities.ts';

/** What 3GPP TS 27.005, TS 27.007 and V.250 ask for, and nothing else. */
export const GENERIC: Personality = {
  name: 'generic',
  manufacturer: 'Ringpost',
  model: 'Simulated modem',
  revision: '1.0',
  bootLines: ['RDY', '+CPIN: READY', 'Call Ready', 'SMS Ready'],
  labelledRevision: false,
  callBegin: undefined,
  callEnd: undefined,
  missedCall: undefined,
  cvhu: 0,
  smsSlots: { SM: 30, ME: 100 },
  firstIndex: 1,
  keepsUrcsInData: true,
  sockets: undefined,
};
