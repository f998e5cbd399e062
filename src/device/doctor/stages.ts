import type { Stage } from './stage.ts';
import { dataSession, names } from './stages/data-session.ts';
import { modem } from './stages/modem.ts';
import { registration, signalStrength } from './stages/network.ts';
import { holder, port } from './stages/port.ts';
import { imap, mqtt } from './stages/servers.ts';
import { pin, sim } from './stages/sim.ts';
import { sms, smsToSelf } from './stages/sms.ts';
import { tls } from './stages/tls.ts';
import { uart } from './stages/uart.ts';

/** The way from the Pi to the mail server. */
export const stages: readonly Stage[] = [
  port,
  holder,
  uart,
  modem,
  sim,
  pin,
  registration,
  signalStrength,
  sms,
  smsToSelf,
  dataSession,
  names,
  tls,
  mqtt,
  imap,
];
