import type { Personality } from '../personalities.ts';
import { NO_VOICE, VOICE_COMMANDS } from './no-voice.ts';

/** LTE-M, NB-IoT and 2G; no voice. Its unsolicited lines go to USB, also when it is spoken to on its UART. */
export const BG96: Personality = {
  name: 'bg96',
  manufacturer: 'Quectel',
  model: 'BG96',
  revision: 'BG96MAR02A07M1G',
  bootLines: ['RDY', '+CPIN: READY', '+QIND: SMS DONE', '+QIND: PB DONE'],
  labelledRevision: false,
  ...NO_VOICE,
  smsSlots: { SM: 50, ME: 23 },
  firstIndex: 0,
  keepsUrcsInData: false,
  sockets: 'quectel',
  vendorCommands: ['+QPINC', '+QSCLK'],
  refuses: [...VOICE_COMMANDS, '+CPINR'],
  urcPort: 'usbat',
  urcPorts: ['usbat', 'usbmodem', 'uart1'],
  sleep: { setting: '+QSCLK', byDtr: 1, byItself: undefined, quietMs: 100, wakeMs: 20 },
};
