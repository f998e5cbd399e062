import { AtRefusal } from '../refusal.ts';

// Error numbers of +NETOPEN, +CIPOPEN and the like (A76XX Series TCPIP Application Note 4.1).
export const SUCCESS = 0;
export const NETWORK_FAILURE = 1;
export const NETWORK_NOT_OPENED = 2;
export const WRONG_PARAMETER = 3;
export const NOT_SUPPORTED = 4;
export const TIMEOUT = 10;
export const NAME_FAILED = 11;

/** `+IP ERROR: <words>`, then ERROR. */
export function ipError(words: string): AtRefusal {
  return refused(`+IP ERROR: ${words}`);
}

/** An information line of any kind, then ERROR. */
export function refused(line: string): AtRefusal {
  return new AtRefusal(line, () => `${line}\r\n\r\nERROR`);
}
