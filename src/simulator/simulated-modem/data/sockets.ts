import type { ModemContext } from '../context.ts';
import type { Radio } from '../general/radio.ts';
import type { PdpContexts } from './contexts.ts';
import { type ConnectOutcome, ModemSocket, type SocketTarget } from './socket.ts';
import type { SocketDialect } from './socket-dialects/dialect.ts';

/** What `Sockets` needs of its modem. */
export interface SocketsParts {
  readonly context: ModemContext;
  readonly radio: Radio;
  readonly contexts: PdpContexts;
  readonly dialect: SocketDialect;
}

/** The modem's own TCP connections over one PDP context; how they are spoken of is the dialect's. */
export class Sockets {
  /** Keeps received bytes until they are asked for, instead of pushing them out. */
  manual = false;
  readonly links: (ModemSocket | undefined)[];
  readonly #parts: SocketsParts;
  /** The PDP context of the session, undefined while there is none. */
  #contextId: number | undefined;
  #lost = false;

  constructor(parts: SocketsParts) {
    this.#parts = parts;
    this.links = new Array(parts.dialect.links).fill(undefined);
  }

  get opened(): boolean {
    return this.#contextId !== undefined;
  }

  get contextId(): number | undefined {
    return this.#contextId;
  }

  /** Whether the network took the session away, and nobody has closed it since. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Setting up a session takes two round trips. */
  get setUpMs(): number {
    return this.#parts.context.attachment.air.conditions.rttMs * 2;
  }

  /** Opens a session; false when the network does not let it. */
  activate(contextId: number): boolean {
    const { radio, context, contexts } = this.#parts;
    const found = contexts.all.get(contextId);
    if (!found || !radio.registered || context.parameters.get('+CGATT') !== 1) return false;
    found.active = true;
    this.#contextId = contextId;
    return true;
  }

  deactivate(): void {
    this.#end((socket) => socket.close());
    this.#lost = false;
  }

  /** The network is gone without warning. */
  lose(): void {
    if (!this.opened) return;
    this.#end((socket) => socket.destroy());
    this.#lost = true;
    this.#parts.context.urc(this.#parts.dialect.lost);
  }

  /** Back to the state after power-on. */
  reset(): void {
    this.#end((socket) => socket.destroy());
    this.#lost = false;
    this.manual = false;
  }

  async open(link: number, { host, port }: Pick<SocketTarget, 'host' | 'port'>): Promise<ConnectOutcome> {
    const found = this.#parts.context.attachment.network.resolve(host);
    if ('failure' in found) return found.failure;
    const socket = this.#socket(link, { host, port, address: found.address });
    this.links[link] = socket;
    const result = await socket.connect();
    if (result !== 'connected') {
      socket.destroy();
      if (this.links[link] === socket) this.links[link] = undefined;
    }
    return result;
  }

  #end(end: (socket: ModemSocket) => void): void {
    for (const [link, socket] of this.links.entries()) {
      if (socket) end(socket);
      this.links[link] = undefined;
    }
    const context = this.#parts.contexts.all.get(this.#contextId ?? 0);
    if (context) context.active = false;
    this.#contextId = undefined;
  }

  #socket(link: number, target: SocketTarget): ModemSocket {
    const { dialect, context } = this.#parts;
    const socket = new ModemSocket(context, target, {
      data: () => {
        if (this.manual || !dialect.pushed) context.urc(dialect.arrived(link));
        else this.#push(link, socket);
      },
      closed: () => context.urc(dialect.ended(link)),
    });
    return socket;
  }

  /** The bytes themselves are the unsolicited result. */
  #push(link: number, socket: ModemSocket): void {
    const bytes = socket.read(Number.POSITIVE_INFINITY);
    const header = this.#parts.dialect.pushed?.(link, socket.target, bytes.length) ?? '';
    this.#parts.context.urcBytes(
      Buffer.concat([Buffer.from(`\r\n${header}\r\n`), bytes, Buffer.from('\r\n')]),
    );
  }
}
