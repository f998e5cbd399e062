import type { Clock } from '../base/clock.ts';
import { settlable } from '../base/settlable.ts';
import { destroyOnAbort, type Link, type LinkCost, type OpenLink } from './link.ts';
import { LinkSocket } from './link-socket.ts';

/** The network that the machine has anyhow (Wi-Fi, a cable): no call is made, and nothing is paid for. */
export function ownNetwork(clock: Clock): OpenLink {
  return async (signal) => {
    signal.throwIfAborted();
    return new OwnNetwork(clock);
  };
}

class OwnNetwork implements Link {
  readonly #clock: Clock;
  readonly #began: number;
  readonly #over = settlable<Error | undefined>();
  readonly #connections = new Set<LinkSocket>();
  readonly closed = this.#over.promise;
  #bytesUp = 0;
  #bytesDown = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.monotonic();
  }

  connect(host: string, port: number, { signal }: { signal?: AbortSignal } = {}): LinkSocket {
    const socket = new LinkSocket(`${host}:${port}`);
    this.#connections.add(socket);
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#bytesUp += socket.bytesWritten;
      this.#bytesDown += socket.bytesRead;
    });
    destroyOnAbort(socket, socket.remote, signal);
    if (!socket.destroyed) socket.connect({ host, port });
    return socket;
  }

  cost(): LinkCost {
    const open = [...this.#connections];
    return {
      bytesUp: open.reduce((sum, { bytesWritten }) => sum + bytesWritten, this.#bytesUp),
      bytesDown: open.reduce((sum, { bytesRead }) => sum + bytesRead, this.#bytesDown),
      milliseconds: this.#clock.monotonic() - this.#began,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    this.#over.resolve(undefined);
  }
}
