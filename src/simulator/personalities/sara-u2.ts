import type { Personality } from '../personalities.ts';

/** 3G and 2G. It starts without a word, but for the greeting that it was told. */
export const SARA_U2: Personality = {
  name: 'sara-u2',
  manufacturer: 'u-blox',
  model: 'SARA-U201',
  revision: '23.60',
  bootLines: [],
  labelledRevision: false,
  callBegin: undefined,
  callEnd: undefined,
  missedCall: undefined,
  cvhu: 0,
  smsSlots: { SM: 40, ME: 100 },
  firstIndex: 1,
  keepsUrcsInData: false,
  sockets: undefined,
  vendorCommands: ['+UPINCNT'],
  refuses: ['+CEREG', '+CVHU', '+CPINR'],
  greets: true,
};
