import type { AccessPoint, SocketCommand, SocketEvent, SocketsDialect } from '../dialect.ts';
import { announced, ciprxget } from './ciprxget.ts';

/**
 * SIM800 and SIM868. Sources: SIMCom, "SIM800 Series AT Command Manual" V1.09, chapter 8 (TCP/IP), and "SIM800 Series TCPIP
 * Application Note" V1.01, multi connection. Two things as other drivers found them, against the manual: the
 * first length of +CIPRXGET: 2 is what follows, the second what is left. Not tried on a modem: whether bytes can still be
 * fetched after CLOSED, and CSTT with an empty access point.
 */
export const sim800: SocketsDialect = {
  name: 'sim800',
  connections: 6,
  // `<length>` must be below the `<size>` that AT+CIPSEND? tells, which is 1460 for most networks.
  sendLimit: 1400,
  receiveLimit: 1460,
  keepsEnded: false,
  ...ciprxget,
  setUp: (apn) => [
    { text: 'AT+CGATT=1', seconds: 75 },
    { text: 'AT+CIPMUX=1' },
    // SEND OK comes when the other side has the bytes. With 1 the modem may take a part of them only.
    { text: 'AT+CIPQSEND=0', optional: true },
    { text: 'AT+CIPRXGET=1' },
    accessPoint(apn),
    { text: 'AT+CIICR', seconds: 85 },
  ],
  network: {
    // The address ends AT+CIFSR, without OK. Without having asked for it no connection opens.
    open: { text: 'AT+CIFSR', final: /^\d+\.\d+\.\d+\.\d+$/, means: () => ({ kind: 'network-open' }) },
    close: {
      text: 'AT+CIPSHUT',
      seconds: 65,
      final: /^SHUT OK$/,
      means: () => ({ kind: 'network-closed' }),
    },
  },
  open: (id, host, port) => ({ text: `AT+CIPSTART=${id},"TCP","${host}",${port}` }),
  send: (id, length) => ({
    text: `AT+CIPSEND=${id},${length}`,
    final: new RegExp(`^${id}, ?SEND (?:OK|FAIL)$`),
    means: (final) => ({ kind: 'sent', id, taken: final.endsWith('OK') ? 'all' : 0 }),
  }),
  close: (id) => ({
    text: `AT+CIPCLOSE=${id}`,
    final: new RegExp(`^${id}, ?CLOSE OK$`),
    means: () => ({ kind: 'closed', id }),
  }),
  askName: (host) => ({ text: `AT+CDNSGIP="${host}"` }),
  claims: ['+CDNSGIP:'],
  event,
  refusal: () => undefined,
};

/** Lines after which nothing of the session is left: the context is gone, or the modem has started again. */
const SESSION_ENDS = ['+PDP: DEACT', 'RDY', 'Call Ready', 'NORMAL POWER DOWN', 'UNDER-VOLTAGE POWER DOWN'];

/** `+CDNSGIP: 0,8`: a DNS error; 3 would be an error of the network. */
const NAME_UNKNOWN = /^\+CDNSGIP: ?0, ?8\b/;

/** AT+CSTT alone would mean the access point CMNET of a Chinese operator. */
function accessPoint({ name, user, password }: AccessPoint = { name: '' }): SocketCommand {
  if (user === undefined) return { text: `AT+CSTT="${name}"` };
  return { text: `AT+CSTT="${name}","${user}","${password ?? ''}"`, shown: `AT+CSTT="${name}",…` };
}

function event(line: string): SocketEvent | undefined {
  const [, number, what = ''] = /^(\d), ?([A-Z ]+)$/.exec(line) ?? [];
  if (number !== undefined) return connectionEvent(Number(number), what);
  if (line.startsWith('+CDNSGIP:')) return { kind: 'name', found: !NAME_UNKNOWN.test(line) };
  return SESSION_ENDS.some((start) => line.startsWith(start)) ? { kind: 'network-lost' } : announced(line);
}

/** `0, CONNECT OK` and its kin; FIN, reset and a peer that vanished are all told as CLOSED. */
function connectionEvent(id: number, what: string): SocketEvent | undefined {
  if (what === 'CONNECT OK') return { kind: 'opened', id };
  if (what === 'CONNECT FAIL' || what === 'ALREADY CONNECT')
    return { kind: 'opened', id, failure: { words: what } };
  return what === 'CLOSED' ? { kind: 'ended', id, clean: true, words: 'closed' } : undefined;
}
