import type { Personality } from '../personalities.ts';
import { NO_VOICE, VOICE_COMMANDS } from './no-voice.ts';

/** LTE-M, NB-IoT and 2G; no voice. */
export const SIM7000: Personality = {
  name: 'sim7000',
  manufacturer: 'SIMCOM_Ltd',
  model: 'SIMCOM_SIM7000E',
  revision: '1351B04SIM7000E',
  bootLines: ['RDY', '+CPIN: READY', 'SMS Ready'],
  labelledRevision: false,
  ...NO_VOICE,
  smsSlots: { SM: 20, ME: 10 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: undefined,
  vendorCommands: ['+SPIC', '+CSCLK'],
  refuses: VOICE_COMMANDS,
  sleep: { setting: '+CSCLK', byDtr: 1, byItself: undefined, quietMs: 100, wakeMs: 20 },
};
