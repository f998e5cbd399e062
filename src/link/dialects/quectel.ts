import {
  type AccessPoint,
  failureIn,
  numbersIn,
  type SocketCommand,
  type SocketEvent,
  type SocketRefusal,
  type SocketsDialect,
} from '../dialect.ts';

/** The PDP context of our session, as `AT+CGDCONT` and `AT+QICSGP` count them. */
const CONTEXT = 1;

/**
 * EC25, EG25, BG95 and BG96. Sources: Quectel, "EC2x&EG9x TCP/IP AT Commands Manual" and "BG95&BG77&BG600L Series TCP/IP
 * Application Note", 2.3 (commands), 2.4 (URCs), 3.3 (buffer access mode), 4 (result codes).
 */
export const quectel: SocketsDialect = {
  name: 'quectel',
  connections: 12,
  sendLimit: 1460,
  receiveLimit: 1500,
  // After `closed` the connection is "closing" until AT+QICLOSE.
  keepsEnded: true,
  setUp: (apn) => [
    ...(apn ? [accessPoint(apn)] : []),
    // Else the bytes of a send come back, also after ATE0.
    { text: 'AT+QISDE=0', optional: true },
  ],
  network: {
    // No query: a context that the network took away is not listed, and has to be deactivated all the same.
    open: { text: `AT+QIACT=${CONTEXT}`, seconds: 150, means: () => ({ kind: 'network-open' }) },
    close: { text: `AT+QIDEACT=${CONTEXT}`, seconds: 40, means: () => ({ kind: 'network-closed' }) },
  },
  // The zeros: any local port, buffer access mode.
  open: (id, host, port) => ({ text: `AT+QIOPEN=${CONTEXT},${id},"TCP","${host}",${port},0,0` }),
  send: (id, length) => ({
    text: `AT+QISEND=${id},${length}`,
    final: /^SEND (?:OK|FAIL)$/,
    // SEND FAIL: the sending buffer is full (2.3.9).
    means: (final) => (final === 'SEND OK' ? { kind: 'sent', id, taken: 'all' } : { kind: 'full', id }),
  }),
  receive: (id, length) => ({ text: `AT+QIRD=${id},${length}` }),
  close: (id) => ({ text: `AT+QICLOSE=${id}`, means: () => ({ kind: 'closed', id }) }),
  askWhy: { text: 'AT+QIGETERROR' },
  claims: ['+QIOPEN:', '+QIGETERROR:'],
  receiveClaims: () => ['+QIRD:'],
  received(line) {
    const [length] = numbersIn(/^\+QIRD: ?(\d+)/, line) ?? [];
    // The rest is not told, and new data is announced only after `+QIRD: 0`.
    return length === undefined ? undefined : { length, rest: length };
  },
  event,
  refusal,
};

const NAME_FAILED = 565;
const BUSY = 568;

/** Result codes (chapter 4). */
const ERRORS: Readonly<Record<number, string>> = {
  550: 'unknown error',
  551: 'operation blocked',
  552: 'wrong parameters',
  553: 'not enough memory',
  554: 'failed to create socket',
  555: 'operation not supported',
  556: 'failed to bind socket',
  557: 'failed to listen',
  558: 'failed to write',
  559: 'failed to read',
  560: 'failed to accept',
  561: 'failed to open the PDP context',
  562: 'failed to close the PDP context',
  563: 'the number of the connection is in use',
  564: 'DNS is busy',
  565: 'the name was not found',
  566: 'failed to connect',
  567: 'the connection is closed',
  568: 'busy',
  569: 'timeout',
  570: 'the PDP context broke down',
  571: 'sending was given up',
  572: 'operation not allowed',
  573: 'no access point is set',
  574: 'the port is busy',
};

/** Lines after which nothing of the session is left: the context is gone, or the modem has started again. */
const SESSION_ENDS = new RegExp(
  `^(?:\\+QIURC: ?"pdpdeact",${CONTEXT}$|(?:APP )?RDY|(?:NORMAL )?POWER(?:ED)? DOWN)`,
);

/** Type 1 is IPv4; authentication 1 is PAP, 0 none. Written only where another one stands, or a user is to be named. */
function accessPoint({ name, user, password }: AccessPoint): SocketCommand {
  const set = `AT+QICSGP=${CONTEXT},1,"${name}"`;
  const unless = { query: `AT+QICSGP=${CONTEXT}`, line: `+QICSGP: 1,"${name}","","",0` };
  if (user === undefined) return { text: `${set},"","",0`, unless };
  return { text: `${set},"${user}","${password ?? ''}",1`, shown: `${set},…` };
}

function event(line: string): SocketEvent | undefined {
  const [data] = numbersIn(/^\+QIURC: ?"recv",(\d+)/, line) ?? [];
  if (data !== undefined) return { kind: 'data', id: data };
  const [id, code = 0] = numbersIn(/^\+QIOPEN: ?(\d+),(\d+)$/, line) ?? [];
  if (id !== undefined) return { kind: 'opened', id, failure: failureIn(ERRORS, NAME_FAILED, code) };
  // It is told also where the network broke the connection.
  const [ended] = numbersIn(/^\+QIURC: ?"closed",(\d+)/, line) ?? [];
  if (ended !== undefined) return { kind: 'ended', id: ended, clean: true, words: 'closed' };
  return SESSION_ENDS.test(line) ? { kind: 'network-lost' } : undefined;
}

/** `+QIGETERROR: 568,operation busy`; 0 is no error of the sockets. */
function refusal(line: string): SocketRefusal | undefined {
  const [number = 0] = numbersIn(/^\+QIGETERROR: ?(\d+)/, line) ?? [];
  if (number === 0) return undefined;
  const words = `error ${number} (${ERRORS[number] ?? 'not in the manual'})`;
  return { words, kind: number === BUSY ? 'busy' : 'other' };
}
