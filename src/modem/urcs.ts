/**
 * Prefixes of unsolicited result codes of all families (3GPP TS 27.005, 27.007 and the vendors' manuals). A command that
 * claims `'*'` does not get these; nothing else depends on the list.
 */
export const KNOWN_URCS: readonly string[] = [
  // Calls and supplementary services.
  'RING',
  '+CRING:',
  '+CLIP:',
  '+CCWA:',
  '+CSSU:',
  '+CSSI:',
  '+CUSD:',
  '+CLCC:',
  'NO CARRIER',
  'BUSY',
  'NO ANSWER',
  'VOICE CALL:',
  'MISSED_CALL:',
  // Short messages.
  '+CMTI:',
  '+CMT:',
  '+CDSI:',
  '+CDS:',
  '+CBM:',
  // Network and its time.
  '+CREG:',
  '+CGREG:',
  '+CEREG:',
  '+CGEV:',
  '+CIEV:',
  '+CTZV:',
  '+CTZE:',
  '*PSUTTZ:',
  'DST:',
  // Start, reset and power.
  'RDY',
  'APP RDY',
  'START',
  '*ATREADY:',
  '+CPIN:',
  '+CFUN:',
  'Call Ready',
  'SMS Ready',
  'SMS DONE',
  'PB DONE',
  'NORMAL POWER DOWN',
  'POWERED DOWN',
  'UNDER-VOLTAGE',
  'OVER-VOLTAGE',
  // Data sessions and sockets.
  '+NETOPEN:',
  '+NETCLOSE:',
  '+CIPOPEN:',
  '+CIPSEND:',
  '+CIPCLOSE:',
  '+CIPRXGET: 1',
  '+CIPEVENT:',
  '+IPCLOSE:',
  '+QIND:',
  '+QIURC:',
  '+QIOPEN:',
  '+UUSORD:',
  '+UUSOCL:',
  '+APP PDP:',
];

/** Unsolicited codes whose next line, a PDU, belongs to them (3GPP TS 27.005 3.4.1). */
export const URCS_WITH_PDU: readonly string[] = ['+CMT:', '+CDS:', '+CBM:'];

/** Information lines whose next line, a PDU, belongs to them (3GPP TS 27.005 4.1 and 4.2). */
export const LINES_WITH_PDU: readonly string[] = ['+CMGL:', '+CMGR:'];

/** Whether the line begins with one of the prefixes. */
export function startsWithAny(line: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => line.startsWith(prefix));
}

/** Whether the line is a PDU: pairs of hexadecimal digits and nothing else. */
export function isPdu(line: string): boolean {
  return line.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(line);
}
