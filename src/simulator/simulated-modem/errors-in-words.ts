/** +CME ERROR texts (3GPP TS 27.007 9.2), those that this modem gives. */
export const CME_TEXTS: Readonly<Record<number, string>> = {
  3: 'operation not allowed',
  4: 'operation not supported',
  10: 'SIM not inserted',
  11: 'SIM PIN required',
  12: 'SIM PUK required',
  13: 'SIM failure',
  16: 'incorrect password',
  20: 'memory full',
  21: 'invalid index',
  24: 'text string too long',
  30: 'no network service',
  31: 'network timeout',
  32: 'network not allowed - emergency calls only',
  50: 'incorrect parameters',
  100: 'unknown',
};

/** +CMS ERROR texts (3GPP TS 27.005 3.2.5; below 128: TS 24.011 E-2). */
export const CMS_TEXTS: Readonly<Record<number, string>> = {
  1: 'unassigned (unallocated) number',
  38: 'network out of order',
  300: 'ME failure',
  302: 'operation not allowed',
  303: 'operation not supported',
  304: 'invalid PDU mode parameter',
  305: 'invalid text mode parameter',
  310: 'SIM not inserted',
  311: 'SIM PIN required',
  316: 'SIM PUK required',
  321: 'invalid memory index',
  322: 'memory full',
  331: 'no network service',
  340: 'no +CNMA acknowledgement expected',
  500: 'unknown error',
};
