import { later } from '../../later.ts';
import type { ModemContext } from '../context.ts';
import type { Radio } from '../general/radio.ts';
import type { PdpContexts } from './contexts.ts';
import { ModemSocket, type SocketTarget } from './socket.ts';
import { NAME_FAILED, NETWORK_FAILURE, SUCCESS } from './socket-errors.ts';

export const LINKS = 10;
/** Why a connection ended, in +IPCLOSE: by the remote side. */
const CLOSED_BY_REMOTE = 1;

/** The modem's own TCP connections: up to ten links over one socket service. */
export class Sockets {
  /** Whether the service is open (+NETOPEN). */
  opened = false;
  /** +CIPRXGET: 1 keeps received bytes until they are asked for, 0 pushes them out. */
  manual = false;
  readonly links: (ModemSocket | undefined)[] = new Array(LINKS).fill(undefined);
  readonly #context: ModemContext;
  readonly #radio: Radio;
  readonly #contexts: PdpContexts;

  constructor(context: ModemContext, radio: Radio, contexts: PdpContexts) {
    this.#context = context;
    this.#radio = radio;
    this.#contexts = contexts;
  }

  /** Takes two round trips; `done` gets 0 or an error number. */
  openService(done: (error: number) => void): void {
    const { clock, attachment, life, parameters } = this.#context;
    later(clock, attachment.air.conditions.rttMs * 2, life(), () => {
      this.opened = this.#radio.registered && parameters.get('+CGATT') === 1;
      const context = this.#contexts.all.get(1);
      if (this.opened && context) context.active = true;
      done(this.opened ? SUCCESS : NETWORK_FAILURE);
    });
  }

  closeService(): void {
    for (const [link, socket] of this.links.entries()) {
      socket?.close();
      this.links[link] = undefined;
    }
    this.opened = false;
  }

  /** The network is gone without warning. */
  lose(): void {
    if (!this.opened) return;
    for (const socket of this.links) socket?.destroy();
    this.closeService();
    this.#context.urc('+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY');
  }

  /** Opens a link; resolves with 0 or an error number. */
  async open(link: number, host: string, port: number): Promise<number> {
    const { faults, attachment } = this.#context;
    if (faults.connectError > 0) return faults.connectError;
    const found = attachment.network.resolve(host);
    if ('failure' in found) return found.failure === 'unknown-name' ? NAME_FAILED : NETWORK_FAILURE;
    const socket = this.#socket(link, { host, port, address: found.address });
    this.links[link] = socket;
    const result = await socket.connect();
    if (result !== SUCCESS) {
      socket.destroy();
      if (this.links[link] === socket) this.links[link] = undefined;
    }
    return result;
  }

  #socket(link: number, target: SocketTarget): ModemSocket {
    const socket = new ModemSocket(this.#context, target, {
      data: () => (this.manual ? this.#context.urc(`+CIPRXGET: 1,${link}`) : this.#push(socket)),
      closed: () => this.#context.urc(`+IPCLOSE: ${link},${CLOSED_BY_REMOTE}`),
    });
    return socket;
  }

  /** Direct push: the bytes themselves are the unsolicited result. */
  #push(socket: ModemSocket): void {
    const bytes = socket.read(Number.POSITIVE_INFINITY);
    const { address, port } = socket.target;
    const header = Buffer.from(`\r\nRECV FROM:${address}:${port}\r\n+IPD${bytes.length}\r\n`, 'latin1');
    this.#context.urcBytes(Uint8Array.from([...header, ...bytes, 13, 10]));
  }
}
