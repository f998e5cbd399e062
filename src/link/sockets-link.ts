import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { settlable } from '../base/settlable.ts';
import type { AtChannel } from '../modem/at-channel.ts';
import type { AccessPoint, SocketEvent } from './dialect.ts';
import { type DialectName, dialects } from './dialects.ts';
import {
  closedError,
  connectError,
  destroyOnAbort,
  type Link,
  type LinkCost,
  LinkError,
  lostError,
} from './link.ts';
import { ModemSocket } from './modem-socket.ts';
import { ModemSockets, wasRefused } from './modem-sockets.ts';
import { closeNetwork, openNetwork } from './network.ts';
import { asConnectError, openConnection, wrongAddress } from './open-connection.ts';
import { SocketTraffic } from './socket-traffic.ts';

export interface SocketsLinkOptions {
  /** Stays usable for other commands meanwhile; it is not closed with the link. */
  readonly channel: AtChannel;
  readonly clock: Clock;
  readonly log: Log;
  /** As the modem's profile says. */
  readonly dialect: DialectName;
  /** Where absent, what the modem holds for PDP context 1 is used. */
  readonly apn?: AccessPoint;
}

/** Opens a data session over the modem's own TCP sockets. Rejects with LinkError `link-refused`, or the signal's reason. */
export async function openSocketsLink(options: SocketsLinkOptions, signal: AbortSignal): Promise<Link> {
  signal.throwIfAborted();
  const link = new SocketsLink(options);
  await link.open(signal);
  return link;
}

class SocketsLink implements Link {
  readonly closed: Promise<Error | undefined>;
  readonly #options: SocketsLinkOptions;
  readonly #log: Log;
  readonly #sockets: ModemSockets;
  readonly #traffic: SocketTraffic;
  readonly #over = settlable<Error | undefined>();
  readonly #started: number;
  readonly #table = new Map<number, ModemSocket>();
  /** Numbers that are free, the one that rested longest first. */
  readonly #free: number[];
  #ended: Error | undefined;
  #milliseconds: number | undefined;

  constructor(options: SocketsLinkOptions) {
    const { channel, clock } = options;
    this.#options = options;
    this.#log = options.log;
    this.#started = clock.monotonic();
    const dialect = dialects[options.dialect];
    this.#sockets = new ModemSockets(channel, clock, dialect, (event) => this.#onEvent(event));
    this.#traffic = new SocketTraffic(this.#sockets, clock);
    this.#free = Array.from({ length: dialect.connections }, (_, id) => id);
    this.closed = this.#over.promise;
    void channel.closed.then((error) => this.#lose('the modem is gone', error));
  }

  async open(signal: AbortSignal): Promise<void> {
    try {
      await openNetwork(this.#sockets, this.#options.apn, this.#log, signal);
    } catch (error) {
      // In the background: whoever gave up does not wait, and the next session clears away what is left.
      void closeNetwork(this.#sockets, this.#log).then(() => this.#end(undefined));
      throw error;
    }
    if (this.#ended) throw this.#ended;
    this.#log.info('data session over the sockets of the modem is open');
  }

  connect(host: string, port: number, options: { signal?: AbortSignal } = {}): Duplex {
    const socket = new ModemSocket(this.#traffic, `${host}:${port}`);
    destroyOnAbort(socket, socket.remote, options.signal);
    if (!socket.destroyed) void this.#establish(socket, host, port);
    return socket;
  }

  cost(): LinkCost {
    const milliseconds = this.#milliseconds ?? this.#options.clock.monotonic() - this.#started;
    return { ...this.#traffic.bytes(), milliseconds };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    const sockets = [...this.#table.values()];
    this.#ended = closedError();
    for (const socket of sockets) socket.destroy();
    await closeNetwork(this.#sockets, this.#log);
    this.#end(undefined);
  }

  async #establish(socket: ModemSocket, host: string, port: number): Promise<void> {
    const id = this.#take(socket, host, port);
    if (id === undefined) return;
    try {
      await openConnection(this.#sockets, { id, host, port });
    } catch (error) {
      this.#log.debug({ err: error, remote: socket.remote }, 'connection refused');
      socket.destroy(this.#ended ?? asConnectError(socket.remote, error));
      // Where the modem itself said no, nothing of the connection is left in it.
      await this.#clear(id, !(error instanceof LinkError || wasRefused(error)));
      return;
    }
    if (socket.destroyed) return this.#clear(id, true);
    socket.once('close', () => void this.#clear(id, !socket.peerEnded));
    socket.connected(id);
  }

  /** Reserves a number for the connection, or destroys it and says why. */
  #take(socket: ModemSocket, host: string, port: number): number | undefined {
    const wrong = wrongAddress(host, port);
    if (this.#ended) socket.destroy(this.#ended);
    else if (wrong) socket.destroy(connectError(socket.remote, wrong));
    else if (this.#free.length === 0)
      socket.destroy(connectError(socket.remote, 'all connections are in use'));
    if (socket.destroyed) return undefined;
    const id = this.#free.shift();
    if (id !== undefined) this.#table.set(id, socket);
    return id;
  }

  /** Frees the number of a connection, in the modem first if it `lives` there, or is kept there all the same. */
  async #clear(id: number, lives: boolean): Promise<void> {
    const closes = lives || this.#sockets.dialect.keepsEnded;
    if (closes && !this.#ended) await this.#traffic.close(id, this.#log);
    this.#release(id);
  }

  #release(id: number): void {
    if (this.#table.delete(id)) this.#free.push(id);
  }

  #onEvent(event: SocketEvent): void {
    if (event.kind === 'data') this.#table.get(event.id)?.dataWaiting();
    if (event.kind === 'ended') this.#table.get(event.id)?.ended(event.clean, event.words);
    if (event.kind === 'network-lost' || event.kind === 'network-closed') {
      this.#lose('the network closed the data session');
    }
  }

  #lose(what: string, cause?: Error): void {
    if (this.#ended) return;
    const error = lostError(what, cause);
    this.#log.warn({ err: error }, 'data session lost');
    this.#end(error);
    for (const socket of [...this.#table.values()]) socket.destroy(error);
  }

  #end(error: Error | undefined): void {
    this.#ended ??= error ?? closedError();
    this.#milliseconds ??= this.#options.clock.monotonic() - this.#started;
    this.#sockets.stop(this.#ended);
    this.#over.resolve(error);
  }
}
