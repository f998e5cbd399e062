import type { Personality } from '../personalities.ts';
import { NO_VOICE, VOICE_COMMANDS } from './no-voice.ts';

/** LTE-M, NB-IoT and 2G; no voice. It starts without a word, but for its greeting, and takes +++ for data. */
export const SARA_R4: Personality = {
  name: 'sara-r4',
  manufacturer: 'u-blox',
  model: 'SARA-R410M-02B',
  revision: 'L0.0.00.00.05.08',
  bootLines: [],
  labelledRevision: false,
  ...NO_VOICE,
  smsSlots: { SM: 20, ME: 23 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: undefined,
  vendorCommands: ['+UPINCNT'],
  refuses: [...VOICE_COMMANDS, '+CREG'],
  greets: true,
  ignoresEscape: true,
};
