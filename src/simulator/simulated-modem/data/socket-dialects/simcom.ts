import { later } from '../../../later.ts';
import type { Answer, Behaviour } from '../../behaviour.ts';
import { type Command, numberAt } from '../../command.ts';
import { AtRefusal, plainError } from '../../refusal.ts';
import type { ConnectOutcome } from '../socket.ts';
import type { Sockets } from '../sockets.ts';
import { type CiprxgetRules, ciprxget } from './ciprxget.ts';
import { linkAt, type SocketDialect, type SocketParts, targetAt, unexpected } from './dialect.ts';

const LINKS = 10;
/** What one +CIPSEND and one +CIPRXGET carry at most. */
const LARGEST_TRANSFER = 1500;
/** Why a connection ended, in +IPCLOSE: by the remote side. */
const CLOSED_BY_REMOTE = 1;

// Error numbers of +NETOPEN, +CIPOPEN and the like (A76XX Series TCPIP Application Note 4.1).
const SUCCESS = 0;
const NETWORK_FAILURE = 1;
const NETWORK_NOT_OPENED = 2;
const WRONG_PARAMETER = 3;
const NOT_SUPPORTED = 4;
const OUTCOMES: Readonly<Record<ConnectOutcome, number>> = {
  connected: SUCCESS,
  unreachable: NETWORK_FAILURE,
  timeout: 10,
  'unknown-name': 11,
};

/** The sockets of SIMCom's SIM7600 and A76xx families (A76XX Series TCPIP Application Note 2 to 4). */
export const simcomSockets: SocketDialect = {
  links: LINKS,
  arrived: (link) => `+CIPRXGET: 1,${link}`,
  ended: (link) => `+IPCLOSE: ${link},${CLOSED_BY_REMOTE}`,
  lost: '+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY',
  pushed: (_link, { address, port }, length) => `RECV FROM:${address}:${port}\r\n+IPD${length}`,
  behaviour,
};

const RECEIVING: CiprxgetRules = {
  links: LINKS,
  most: LARGEST_TRANSFER,
  invalid: () => ipError('Invalid parameter'),
  nothing: () => ipError('No data'),
};

function behaviour(parts: SocketParts): Behaviour {
  const { sockets, contexts } = parts;
  return {
    reset: () => sockets.reset(),
    handlers: {
      '+NETOPEN': (command, answer) => netOpen(parts, command, answer),
      '+NETCLOSE': (command, answer) => netClose(parts, command, answer),
      '+IPADDR': (_, answer) => {
        if (!sockets.opened) throw ipError('Network not opened');
        answer.line(`+IPADDR: ${contexts.address(1) ?? '0.0.0.0'}`);
      },
      '+CIPOPEN': (command, answer) => open(parts, command, answer),
      '+CIPSEND': (command, answer) => send(parts, command, answer),
      '+CIPRXGET': (command, answer) => ciprxget(sockets, RECEIVING, command, answer),
      '+CIPCLOSE': (command, answer) => close(parts, command, answer),
      '+CIPTIMEOUT': () => {},
      '+CIPCCFG': () => {},
      '+CIPHEAD': () => {},
      '+CIPSRIP': () => {},
      '+CIPSENDMODE': () => {},
    },
  };
}

function netOpen({ context, sockets }: SocketParts, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    answer.line(`+NETOPEN: ${sockets.opened ? 1 : 0}`);
    return;
  }
  if (command.form !== 'run') return;
  if (sockets.opened) throw ipError('Network is already opened');
  answer.after(() => {
    later(context.clock, sockets.setUpMs, context.life(), () =>
      context.urc(`+NETOPEN: ${sockets.activate(1) ? SUCCESS : NETWORK_FAILURE}`),
    );
  });
}

function netClose({ context, sockets }: SocketParts, command: Command, answer: Answer): void {
  if (command.form !== 'run') return;
  if (!sockets.opened) throw refused(`+NETCLOSE: ${NETWORK_NOT_OPENED}`);
  answer.after(() => {
    sockets.deactivate();
    context.urc('+NETCLOSE: 0');
  });
}

function open({ context, sockets }: SocketParts, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    listLinks(sockets, answer);
    return;
  }
  if (command.form === 'test') {
    answer.line(`+CIPOPEN: (0-${LINKS - 1}),("TCP")`);
    return;
  }
  const link = linkAt(command, 0, LINKS);
  const target = targetAt(command, 1);
  const refuse = (error: number) => refused(`+CIPOPEN: ${link},${error}`);
  if (!sockets.opened) throw refuse(NETWORK_NOT_OPENED);
  if (!target) throw refuse(WRONG_PARAMETER);
  if (sockets.links[link]?.open) throw refuse(NOT_SUPPORTED);
  answer.after(() => {
    const wrong = context.faults.connectError;
    const connecting =
      wrong > 0 ? Promise.resolve(wrong) : sockets.open(link, target).then((one) => OUTCOMES[one]);
    connecting.then((error) => context.urc(`+CIPOPEN: ${link},${error}`), unexpected(context));
  });
}

function listLinks(sockets: Sockets, answer: Answer): void {
  for (const [link, socket] of sockets.links.entries()) {
    const target = socket?.open ? `,"TCP","${socket.target.address}",${socket.target.port},-1` : '';
    answer.line(`+CIPOPEN: ${link}${target}`);
  }
}

async function send({ context, sockets }: SocketParts, command: Command, answer: Answer): Promise<void> {
  if (command.form === 'test') return answer.line(`+CIPSEND: (0-${LINKS - 1}),(1-${LARGEST_TRANSFER})`);
  const link = linkAt(command, 0, LINKS);
  const variable = !command.values[1];
  const length = variable ? undefined : (numberAt(command, 1) ?? 0);
  const socket = sockets.links[link];
  if (!sockets.opened) throw refused(`+CIPERROR: ${NETWORK_NOT_OPENED}`);
  if (!socket?.open) throw refused(`+CIPERROR: ${NOT_SUPPORTED}`);
  if (length !== undefined && (length < 1 || length > LARGEST_TRANSFER))
    throw refused(`+CIPERROR: ${WRONG_PARAMETER}`);
  const bytes = await answer.prompt({ length });
  if (!bytes) throw plainError();
  answer.after(() => {
    const tell = (taken: number) => context.urc(`+CIPSEND: ${link},${bytes.length},${taken}`);
    socket.send(bytes).then(tell, unexpected(context));
  });
}

function close({ context, sockets }: SocketParts, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    answer.line(`+CIPCLOSE: ${sockets.links.map((socket) => (socket?.open ? 1 : 0)).join(',')}`);
    return;
  }
  const link = linkAt(command, 0, LINKS);
  const socket = sockets.links[link];
  if (!sockets.opened) throw refused(`+CIPCLOSE: ${link},${NETWORK_NOT_OPENED}`);
  if (!socket?.open) throw refused(`+CIPCLOSE: ${link},${NOT_SUPPORTED}`);
  answer.after(() => {
    socket.close();
    if (sockets.links[link] === socket) sockets.links[link] = undefined;
    context.urc(`+CIPCLOSE: ${link},0`);
  });
}

/** `+IP ERROR: <words>`, then ERROR. */
function ipError(words: string): AtRefusal {
  return refused(`+IP ERROR: ${words}`);
}

/** An information line of any kind, then ERROR. */
function refused(line: string): AtRefusal {
  return new AtRefusal(line, () => `${line}\r\n\r\nERROR`);
}
