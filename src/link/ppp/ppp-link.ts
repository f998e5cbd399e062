import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { asError, RingpostError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { settlable } from '../../base/settlable.ts';
import type { DataCall } from '../../modem/data/data-call.ts';
import type { Modem } from '../../modem/modem.ts';
import { closedError, type Link, type LinkCost, LinkError, lostError } from '../link.ts';
import { openConnection, type PppSocket } from './connection.ts';
import { PppSession } from './ppp-session.ts';
import type { StartPppd } from './pppd.ts';
import type { PppState } from './state-file.ts';

export interface PppLinkOptions {
  readonly modem: Pick<Modem, 'dialData'>;
  readonly startPppd: StartPppd;
  /** Where `ringpost-ppp-hook` writes: /run/ringpost. */
  readonly run: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds from CONNECT to an address. Default 45,000. */
  readonly upTimeout?: number;
  /** Milliseconds for the name and the TCP handshake of one connection. Default 75,000. */
  readonly connectTimeout?: number;
}

/**
 * Opens a data session: dials, runs pppd on the call, waits for addresses. Rejects with LinkError (`dial-refused`,
 * `modem-lost`, `pppd-missing`, `deadline`, or a stage of `diagnose`), or the signal's reason; the call is hung up by then.
 */
export async function openPppLink(options: PppLinkOptions, signal: AbortSignal): Promise<Link> {
  signal.throwIfAborted();
  const { clock, run, log } = options;
  const started = clock.monotonic();
  const call = await dial(options, signal);
  const session = randomBytes(8).toString('hex');
  const pppd = await options.startPppd(session, signal).catch(async (error: unknown) => {
    await call[Symbol.asyncDispose]();
    throw error;
  });
  const ppp = new PppSession({ call, pppd, session, run, clock, log });
  try {
    const state = await ppp.up(options.upTimeout ?? 45_000, signal);
    log.info({ interface: state.interface, dns: state.dns.length }, 'data session over PPP is open');
    return new PppLink(options, { ppp, call, state, started });
  } catch (error) {
    await ppp.close();
    throw signal.aborted ? signal.reason : error;
  }
}

async function dial({ modem }: PppLinkOptions, signal: AbortSignal): Promise<DataCall> {
  try {
    return await modem.dialData(signal);
  } catch (error) {
    signal.throwIfAborted();
    const isLost = error instanceof RingpostError && ['line-closed', 'timeout'].includes(error.code);
    throw new LinkError(`dialling: ${asError(error).message}`, {
      code: isLost ? 'modem-lost' : 'dial-refused',
      temporary: !(error instanceof RingpostError) || error.temporary || error.code === 'error',
      fields: error instanceof RingpostError ? error.fields : {},
      cause: error,
    });
  }
}

interface Parts {
  readonly ppp: PppSession;
  readonly call: DataCall;
  readonly state: PppState;
  readonly started: number;
}

class PppLink implements Link {
  readonly closed: Promise<Error | undefined>;
  readonly #options: PppLinkOptions;
  readonly #parts: Parts;
  readonly #over = settlable<Error | undefined>();
  readonly #connections = new Set<PppSocket>();
  #state: PppState;
  #ended: Error | undefined;
  /** Ends what waits for this link. */
  readonly #life = new AbortController();
  #disposed = false;
  #milliseconds: number | undefined;

  constructor(options: PppLinkOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#state = parts.state;
    this.closed = this.#over.promise;
    void this.#watch();
    void this.#learnIpv6(this.#life.signal).catch(() => {});
  }

  connect(host: string, port: number, options: { signal?: AbortSignal } = {}): Duplex {
    const { clock, connectTimeout: timeout = 75_000 } = this.#options;
    const socket = openConnection({ host, port, state: this.#state, clock, timeout, signal: options.signal });
    if (this.#ended) socket.destroy(this.#ended);
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    return socket;
  }

  cost(): LinkCost {
    const { call, started } = this.#parts;
    const { up, down } = call.bytes();
    const milliseconds = this.#milliseconds ?? this.#options.clock.monotonic() - started;
    return { bytesUp: up, bytesDown: down, milliseconds };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#ended ??= closedError();
    this.#life.abort();
    for (const socket of this.#connections) socket.destroy();
    await this.#parts.ppp.close();
    this.#milliseconds ??= this.#options.clock.monotonic() - this.#parts.started;
    this.#over.resolve(undefined);
  }

  /** A call that is over takes all connections with it at once. */
  async #watch(): Promise<void> {
    const { ppp, call } = this.#parts;
    void call.ended.then(({ why }) => {
      if (why !== 'left') this.#end(lostError(`the call is over (${why})`));
    });
    const cause = await ppp.lost;
    if (this.#disposed) return;
    const error = lostError(cause.message, cause);
    this.#end(error);
    this.#options.log.warn({ err: error }, 'data session lost');
    this.#over.resolve(error);
    await ppp.close();
    this.#milliseconds ??= this.#options.clock.monotonic() - this.#parts.started;
  }

  #end(error: LinkError): void {
    this.#ended ??= error;
    this.#life.abort();
    for (const socket of this.#connections) socket.destroy(error);
  }

  /** The network tells its IPv6 prefix some time after the IPv4 address. */
  async #learnIpv6(signal: AbortSignal): Promise<void> {
    for (let left = IPV6_LOOKS; left > 0 && !this.#state.local6; left -= 1) {
      await this.#options.clock.sleep(IPV6_PAUSE_MS, signal);
      const state = await this.#parts.ppp.state().catch(() => undefined);
      if (state?.up) this.#state = state;
    }
  }
}

const IPV6_LOOKS = 8;
const IPV6_PAUSE_MS = 1500;
