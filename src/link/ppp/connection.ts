import { Resolver } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { connectError, destroyOnAbort } from '../link.ts';
import { LinkSocket } from '../link-socket.ts';
import type { PppState } from './state-file.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly state: PppState;
  readonly clock: Clock;
  /** Milliseconds for name and handshake. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** One lost datagram must not cost the session. */
const NAMES = { timeout: 4000, tries: 4 };

/** A TCP connection from the session's own address, so that it takes the session's routes and no other. */
export function openConnection(options: ConnectionOptions): PppSocket {
  const { host, port, state, signal } = options;
  const socket = new PppSocket(`${host}:${port}`);
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  destroyOnAbort(socket, socket.remote, signal);
  const local = isIP(host) === 6 ? state.local6 : state.local;
  if (socket.destroyed) return socket;
  if (!local) socket.destroy(connectError(socket.remote, 'the network gave no IPv6 address'));
  else {
    void watch(socket, options, closed.signal);
    const family = isIP(host) === 6 ? 6 : 4;
    const lookup = lookupOver(state, closed.signal);
    socket.connect({ host, port, family, localAddress: local, lookup, autoSelectFamily: false });
  }
  return socket;
}

async function watch(socket: PppSocket, options: ConnectionOptions, closed: AbortSignal): Promise<void> {
  const { clock, timeout } = options;
  const stop = new AbortController();
  socket.once('connect', () => stop.abort());
  await clock.sleep(timeout, AbortSignal.any([closed, stop.signal])).then(
    () => socket.destroy(connectError(socket.remote, `no answer within ${timeout / 1000} s`)),
    () => {},
  );
}

/** Asks the peer's name servers, from the session's address. */
function lookupOver({ dns, local }: PppState, closed: AbortSignal): LookupFunction {
  return (name, _options, done) => {
    if (dns.length === 0) {
      done(Object.assign(new Error('the network told no name server'), { code: 'ENODATA' }), '');
      return;
    }
    const resolver = new Resolver(NAMES);
    resolver.setServers(dns);
    resolver.setLocalAddress(local);
    const onClosed = () => resolver.cancel();
    closed.addEventListener('abort', onClosed, { once: true });
    resolver.resolve4(name, (error, addresses) => {
      closed.removeEventListener('abort', onClosed);
      done(error, addresses?.[0] ?? '', 4);
    });
  };
}

/**
 * Ends by a reset, always. After a FIN that nobody acknowledges, because the session is over by then, the kernel would keep the
 * connection for minutes, and send that FIN another way when the next session has the same address, before that session's rule is
 * there. The reset comes behind all that was written.
 */
export class PppSocket extends LinkSocket {
  #cause: Error | undefined;
  #isReset = false;

  override destroy(error?: Error): this {
    this.#cause ??= error;
    // While its own end is on its way, no reset is possible (libuv: EINVAL).
    const isEnding = this.writableEnded && !this.writableFinished;
    if (!this.#isReset && !this.destroyed && !this.pending && !isEnding) {
      this.#isReset = true;
      // It may destroy at once, without an error.
      this.resetAndDestroy();
    }
    return super.destroy(error);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    super._destroy(error ?? this.#cause ?? null, done);
  }
}
