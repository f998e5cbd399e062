import type { Behaviour } from '../../behaviour.ts';
import { type Command, numberAt } from '../../command.ts';
import type { ModemContext } from '../../context.ts';
import { plainError } from '../../refusal.ts';
import type { PdpContexts } from '../contexts.ts';
import type { SocketTarget } from '../socket.ts';
import type { Sockets } from '../sockets.ts';

/** What the commands of a dialect work with. */
export interface SocketParts {
  readonly context: ModemContext;
  readonly contexts: PdpContexts;
  readonly sockets: Sockets;
}

/** How one family of modems is told of its sockets, and what it says of them unasked. */
export interface SocketDialect {
  /** Connections at once. */
  readonly links: number;
  /** Bytes came while nothing was unread. */
  arrived(link: number): string;
  /** The other side ended the connection. */
  ended(link: number): string;
  /** The network took the session away. */
  readonly lost: string;
  /** What stands before bytes that are pushed out unasked; absent: they never are. */
  pushed?(link: number, target: SocketTarget, length: number): string;
  behaviour(parts: SocketParts): Behaviour;
}

const LARGEST_PORT = 65_535;

/** The number of a connection at this place of a command; throws ERROR where there is none such. */
export function linkAt(command: Command, place: number, links: number): number {
  const link = numberAt(command, place);
  if (link === undefined || link >= links) throw plainError();
  return link;
}

/** Kind, host and port from this place on; undefined unless they can be a TCP connection. */
export function targetAt(command: Command, place: number): { host: string; port: number } | undefined {
  const [kind, host = ''] = command.values.slice(place);
  const port = numberAt(command, place + 2) ?? 0;
  if (kind?.toUpperCase() !== 'TCP' || host === '' || port < 1 || port > LARGEST_PORT) return undefined;
  return { host, port };
}

/** Logs what no command waits for any more. */
export function unexpected({ log }: ModemContext): (error: unknown) => void {
  return (error) => log.error({ err: error }, 'simulated connection');
}
