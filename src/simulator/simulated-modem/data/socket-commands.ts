import type { Answer, Behaviour } from '../behaviour.ts';
import { type Command, numberAt } from '../command.ts';
import type { ModemContext } from '../context.ts';
import { plainError } from '../refusal.ts';
import type { PdpContexts } from './contexts.ts';
import type { ModemSocket } from './socket.ts';
import { ipError, NETWORK_NOT_OPENED, NOT_SUPPORTED, refused, WRONG_PARAMETER } from './socket-errors.ts';
import { LINKS, type Sockets } from './sockets.ts';

/** What one +CIPSEND and one +CIPRXGET carry at most. */
const LARGEST_TRANSFER = 1500;
const LARGEST_PORT = 65_535;
const LINE_END = Uint8Array.of(13, 10);

/** The sockets of SIMCom's SIM7600 and A76xx families (A76XX Series TCPIP Application Note 2 to 4). */
export function simcomSocketBehaviour(
  context: ModemContext,
  sockets: Sockets,
  contexts: PdpContexts,
): Behaviour {
  return {
    reset: () => {
      for (const socket of sockets.links) socket?.destroy();
      sockets.closeService();
      sockets.manual = false;
    },
    handlers: {
      '+NETOPEN': (command, answer) => netOpen(context, sockets, command, answer),
      '+NETCLOSE': (command, answer) => netClose(context, sockets, command, answer),
      '+IPADDR': (_, answer) => {
        if (!sockets.opened) throw ipError('Network not opened');
        answer.line(`+IPADDR: ${contexts.address(1) ?? '0.0.0.0'}`);
      },
      '+CIPOPEN': (command, answer) => open(context, sockets, command, answer),
      '+CIPSEND': (command, answer) => send(context, sockets, command, answer),
      '+CIPRXGET': (command, answer) => receive(sockets, command, answer),
      '+CIPCLOSE': (command, answer) => close(context, sockets, command, answer),
      '+CIPTIMEOUT': () => {},
      '+CIPCCFG': () => {},
      '+CIPHEAD': () => {},
      '+CIPSRIP': () => {},
      '+CIPSENDMODE': () => {},
    },
  };
}

function netOpen(context: ModemContext, sockets: Sockets, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    answer.line(`+NETOPEN: ${sockets.opened ? 1 : 0}`);
    return;
  }
  if (command.form !== 'run') return;
  if (sockets.opened) throw ipError('Network is already opened');
  answer.after(() => sockets.openService((error) => context.urc(`+NETOPEN: ${error}`)));
}

function netClose(context: ModemContext, sockets: Sockets, command: Command, answer: Answer): void {
  if (command.form !== 'run') return;
  if (!sockets.opened) throw refused(`+NETCLOSE: ${NETWORK_NOT_OPENED}`);
  answer.after(() => {
    sockets.closeService();
    context.urc('+NETCLOSE: 0');
  });
}

function open(context: ModemContext, sockets: Sockets, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    listLinks(sockets, answer);
    return;
  }
  if (command.form === 'test') {
    answer.line(`+CIPOPEN: (0-${LINKS - 1}),("TCP")`);
    return;
  }
  const link = linkOf(command);
  const [, kind, host = ''] = command.values;
  const port = numberAt(command, 3) ?? 0;
  const refuse = (error: number) => refused(`+CIPOPEN: ${link},${error}`);
  if (!sockets.opened) throw refuse(NETWORK_NOT_OPENED);
  if (kind?.toUpperCase() !== 'TCP' || host === '' || port < 1 || port > LARGEST_PORT)
    throw refuse(WRONG_PARAMETER);
  if (sockets.links[link]?.open) throw refuse(NOT_SUPPORTED);
  answer.after(() => {
    sockets.open(link, host, port).then(
      (error) => context.urc(`+CIPOPEN: ${link},${error}`),
      (error: unknown) => context.log.error({ err: error }, 'simulated connection'),
    );
  });
}

function listLinks(sockets: Sockets, answer: Answer): void {
  for (const [link, socket] of sockets.links.entries()) {
    const target = socket?.open ? `,"TCP","${socket.target.address}",${socket.target.port},-1` : '';
    answer.line(`+CIPOPEN: ${link}${target}`);
  }
}

async function send(
  context: ModemContext,
  sockets: Sockets,
  command: Command,
  answer: Answer,
): Promise<void> {
  if (command.form === 'test') return answer.line(`+CIPSEND: (0-${LINKS - 1}),(1-${LARGEST_TRANSFER})`);
  const link = linkOf(command);
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
    socket.send(bytes).then(
      (taken) => context.urc(`+CIPSEND: ${link},${bytes.length},${taken}`),
      (error: unknown) => context.log.error({ err: error }, 'simulated connection'),
    );
  });
}

/** Mode 0 and 1 switch, 2 reads bytes, 3 reads hexadecimal digits, 4 asks how many there are. */
function receive(sockets: Sockets, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    answer.line(`+CIPRXGET: ${sockets.manual ? 1 : 0}`);
    return;
  }
  if (command.form === 'test') {
    answer.line(`+CIPRXGET: (0-4),(0-${LINKS - 1}),(1-${LARGEST_TRANSFER})`);
    return;
  }
  const mode = numberAt(command, 0);
  if (mode === 0 || mode === 1) {
    sockets.manual = mode === 1;
    return;
  }
  if (mode === undefined || mode > 4) throw ipError('Invalid parameter');
  const link = linkOf(command);
  const socket = sockets.links[link];
  if (mode === 4) {
    answer.line(`+CIPRXGET: 4,${link},${socket?.unread ?? 0}`);
    return;
  }
  const most = numberAt(command, 2, LARGEST_TRANSFER);
  if (most === undefined || most < 1 || most > LARGEST_TRANSFER) throw ipError('Invalid parameter');
  if (!socket || socket.unread === 0) throw ipError('No data');
  hand(socket, mode, link, most, answer);
}

function hand(socket: ModemSocket, mode: number, link: number, most: number, answer: Answer): void {
  const bytes = socket.read(most);
  answer.line(`+CIPRXGET: ${mode},${link},${bytes.length},${socket.unread}`);
  answer.raw(mode === 2 ? bytes : Buffer.from(Buffer.from(bytes).toString('hex').toUpperCase(), 'latin1'));
  answer.raw(LINE_END);
}

function close(context: ModemContext, sockets: Sockets, command: Command, answer: Answer): void {
  if (command.form === 'read') {
    answer.line(`+CIPCLOSE: ${sockets.links.map((socket) => (socket?.open ? 1 : 0)).join(',')}`);
    return;
  }
  const link = linkOf(command);
  const socket = sockets.links[link];
  if (!sockets.opened) throw refused(`+CIPCLOSE: ${link},${NETWORK_NOT_OPENED}`);
  if (!socket?.open) throw refused(`+CIPCLOSE: ${link},${NOT_SUPPORTED}`);
  answer.after(() => {
    socket.close();
    if (sockets.links[link] === socket) sockets.links[link] = undefined;
    context.urc(`+CIPCLOSE: ${link},0`);
  });
}

function linkOf(command: Command): number {
  const place = command.name === '+CIPRXGET' ? 1 : 0;
  const link = numberAt(command, place);
  if (link === undefined || link >= LINKS) throw plainError();
  return link;
}
