import type { Personality } from '../personalities.ts';
import { SIM7000 } from './sim7000.ts';

/** LTE-M, NB-IoT and 2G; no voice. As far as is known here, as SIM7000. */
export const SIM7070: Personality = {
  ...SIM7000,
  name: 'sim7070',
  model: 'SIMCOM_SIM7070',
  revision: '1951B16SIM7070',
};
