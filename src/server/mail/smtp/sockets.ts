import type { Socket } from 'node:net';
import type { SMTPServerSession } from 'smtp-server';
import type { Clock } from '../../../base/clock.ts';
import { Watchdog } from '../imap/watchdog.ts';
import { clientNetwork } from './client-network.ts';

export interface SocketLimits {
  readonly maxConnectionsPerAddress: number;
  /** For the TLS handshake, where it comes first, milliseconds. */
  readonly timeout: number;
}

/** Each accepted socket with the one on top of it: itself, or its TLS once that has begun. */
export type Pending = ReadonlyMap<Socket, Socket>;

/** The sockets of a listener, below TLS and before the library knows a session: each has its network and, in the handshake, its time. */
export class Sockets {
  readonly #clock: Clock;
  readonly #limits: SocketLimits;
  readonly #pending: Pending | undefined;
  readonly #counts = new Map<string, number>();
  readonly #handshakes = new Map<string, Watchdog>();

  /** `pending`: those of the library in a handshake, where that comes first. */
  constructor(clock: Clock, limits: SocketLimits, pending: Pending | undefined) {
    this.#clock = clock;
    this.#limits = limits;
    this.#pending = pending;
  }

  /** Where nothing can be said before the handshake, one too many is cut off. */
  add(socket: Socket): void {
    const network = clientNetwork(socket.remoteAddress);
    this.#counts.set(network, (this.#counts.get(network) ?? 0) + 1);
    const key = keyOf(socket);
    if (this.#pending) this.#handshakes.set(key, this.#watch(socket));
    socket.once('close', () => this.#remove(network, key));
    if (this.isTooMany(network)) this.#cut(socket);
  }

  /** The handshake is over, if there was one. */
  arrived(session: SMTPServerSession): void {
    this.#handshakes.get(keyOf(session))?.stop();
  }

  isTooMany(network: string): boolean {
    return (this.#counts.get(network) ?? 0) > this.#limits.maxConnectionsPerAddress;
  }

  #watch(socket: Socket): Watchdog {
    return new Watchdog(this.#clock, this.#limits.timeout, () => this.#cut(socket));
  }

  /** From the top: Node does not survive a socket that is destroyed below a TLS handshake, so that begins first. */
  #cut(socket: Socket): void {
    const top = this.#pending?.get(socket);
    if (top === socket) setImmediate(() => this.#cut(socket));
    else top?.destroy();
  }

  #remove(network: string, key: string): void {
    this.#handshakes.get(key)?.stop();
    this.#handshakes.delete(key);
    const left = (this.#counts.get(network) ?? 1) - 1;
    if (left > 0) this.#counts.set(network, left);
    else this.#counts.delete(network);
  }
}

function keyOf({
  remoteAddress,
  remotePort,
}: {
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
}) {
  return `${clientNetwork(remoteAddress)} ${remotePort}`;
}
