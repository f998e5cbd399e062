import {
  type AccessPoint,
  failureIn,
  numbersIn,
  type SocketCommand,
  type SocketEvent,
  type SocketRefusal,
  type SocketsDialect,
} from '../dialect.ts';
import { announced, ciprxget } from './ciprxget.ts';

/**
 * SIM7500/SIM7600 and A76xx. Sources: SIMCom, "SIM7500_SIM7600 Series AT Command Manual" V2.00, chapter on TCP/IP,
 * and "A7600 Series TCPIP Application Note" V1.00, 1.6 (buffer access mode), 3.2.2 (order of the replies), 4.1
 * (error codes), 4.2 (unsolicited codes).
 */
export const sim7600: SocketsDialect = {
  name: 'sim7600',
  connections: 10,
  sendLimit: 1500,
  receiveLimit: 1500,
  keepsEnded: false,
  ...ciprxget,
  setUp: (apn) => [
    ...(apn ? accessPoint(apn) : []),
    // Command mode, and no waiting for the peer's acknowledgement of each send.
    { text: 'AT+CIPMODE=0', optional: true },
    { text: 'AT+CIPSENDMODE=0', optional: true },
    // Buffer access: the modem keeps received bytes until they are fetched.
    { text: 'AT+CIPRXGET=1' },
  ],
  network: {
    query: { text: 'AT+NETOPEN?', isOpen: (lines) => lines.some((line) => /^\+NETOPEN: ?1\b/.test(line)) },
    open: { text: 'AT+NETOPEN', seconds: 120 },
    close: { text: 'AT+NETCLOSE' },
  },
  open: (id, host, port) => ({ text: `AT+CIPOPEN=${id},"TCP","${host}",${port}` }),
  send: (id, length) => ({ text: `AT+CIPSEND=${id},${length}` }),
  close: (id) => ({ text: `AT+CIPCLOSE=${id}` }),
  receiveClaims: (id) => [...ciprxget.receiveClaims(id), '+CIPERROR:', '+IP ERROR:'],
  // Most firmwares answer OK and then the result; some the other way round (UDP in the application note).
  claims: ['+NETOPEN:', '+NETCLOSE:', '+CIPOPEN:', '+CIPSEND:', '+CIPCLOSE:', '+CIPERROR:', '+IP ERROR:'],
  event,
  refusal,
};

/** Written to PDP context 1 only where another one stands (3GPP TS 27.007 10.1.1). */
function accessPoint({ name, user, password }: AccessPoint): SocketCommand[] {
  const unless = { query: 'AT+CGDCONT?', line: `+CGDCONT: 1,"IP","${name}",` };
  const context = { text: `AT+CGDCONT=1,"IP","${name}"`, unless };
  if (user === undefined) return [context];
  // Type 1 is PAP; the password comes before the user (SIM7500/SIM7600 manual, AT+CGAUTH).
  return [context, { text: `AT+CGAUTH=1,1,"${password ?? ''}","${user}"`, shown: 'AT+CGAUTH=1,1,…' }];
}

const DNS_FAILED = 11;
const BUSY = 8;

/** `<err>` of +NETOPEN, +CIPOPEN, +CIPCLOSE and +CIPERROR (application note 4.1). */
const ERRORS: Readonly<Record<number, string>> = {
  0: 'operation succeeded',
  1: 'network failure',
  2: 'network not opened',
  3: 'wrong parameter',
  4: 'operation not supported',
  5: 'failed to create socket',
  6: 'failed to bind socket',
  7: 'TCP server is already listening',
  8: 'busy',
  9: 'sockets opened',
  10: 'timeout',
  11: 'the name was not found',
  12: 'unknown error',
};

/** `<close_reason>` of +IPCLOSE (application note 4.2). */
const CLOSE_REASONS: Readonly<Record<number, string>> = {
  0: 'closed by the modem',
  1: 'closed by the other side',
  2: 'sending timed out',
  3: 'reset by the other side',
};

/** Where +IP ERROR comes as a number (application note 4.1, first list). */
const ALREADY_OPEN = '4';
const NO_DATA = '22';

/** Lines after which nothing of the session is left: the network is gone, or the modem has started again. */
const SESSION_ENDS = ['+CIPEVENT:', 'RDY', '*ATREADY:', 'NORMAL POWER DOWN', 'POWERED DOWN'];

function event(line: string): SocketEvent | undefined {
  const opened = numbersIn(/^\+CIPOPEN: ?(\d+),(\d+)$/, line);
  if (opened)
    return { kind: 'opened', id: opened[0] ?? 0, failure: failureIn(ERRORS, DNS_FAILED, opened[1] ?? 0) };
  const sent = numbersIn(/^\+CIPSEND: ?(\d+),\d+,(-?\d+)/, line);
  if (sent) return { kind: 'sent', id: sent[0] ?? 0, taken: sent[1] ?? 0 };
  const closed = numbersIn(/^\+CIPCLOSE: ?(\d+),(\d+)$/, line);
  if (closed) return { kind: 'closed', id: closed[0] ?? 0 };
  return announced(line) ?? endOf(line);
}

function endOf(line: string): SocketEvent | undefined {
  const ended = numbersIn(/^\+IPCLOSE: ?(\d+)(?:,(\d+))?/, line);
  if (ended) {
    const [id, reason] = ended;
    return {
      kind: 'ended',
      id: id ?? 0,
      clean: reason === 1,
      words: CLOSE_REASONS[reason ?? -1] ?? `reason ${reason}`,
    };
  }
  const open = numbersIn(/^\+NETOPEN: ?(\d+)/, line);
  if (open) return { kind: 'network-open', failure: failureIn(ERRORS, DNS_FAILED, open[0] ?? 0) };
  if (line.startsWith('+NETCLOSE:')) return { kind: 'network-closed' };
  return SESSION_ENDS.some((start) => line.startsWith(start)) ? { kind: 'network-lost' } : undefined;
}

function refusal(line: string): SocketRefusal | undefined {
  const code = numbersIn(/^\+CIPERROR: ?(\d+)/, line)?.[0];
  if (code !== undefined) {
    return { words: ERRORS[code] ?? `error ${code}`, kind: code === BUSY ? 'busy' : 'other' };
  }
  const words = /^\+IP ERROR: ?(.*)/.exec(line)?.[1];
  if (words === undefined) return undefined;
  if (words === NO_DATA || /no data/i.test(words)) return { words, kind: 'empty' };
  if (words === ALREADY_OPEN || /already opened/i.test(words)) return { words, kind: 'open' };
  return { words, kind: 'other' };
}
