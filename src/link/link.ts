import type { Duplex } from 'node:stream';
import { RingpostError } from '../base/errors.ts';

/**
 * What a data session refused or lost: `link-refused`, `link-lost`, `connect-refused`, `name-not-found`; over PPP also the
 * stages of `ppp/diagnose.ts`.
 */
export class LinkError extends RingpostError {}

/** A connection that could not be made; `remote` is `host:port`. */
export function connectError(remote: string, why: string, cause?: unknown): LinkError {
  return new LinkError(`${remote}: cannot connect: ${why}`, {
    code: 'connect-refused',
    temporary: true,
    fields: { remote },
    cause,
  });
}

/** The data session ended, and nobody asked for that. */
export function lostError(why: string, cause?: Error): LinkError {
  const message = `the data session is lost: ${why}`;
  return new LinkError(message, { code: 'link-lost', temporary: true, cause });
}

/** What is left of a session that we closed. */
export function closedError(): LinkError {
  return new LinkError('the data session was closed', { code: 'link-lost' });
}

/** Destroys a connection when the signal fires, or has fired; `remote` is `host:port`. */
export function destroyOnAbort(socket: Duplex, remote: string, signal: AbortSignal | undefined): void {
  if (!signal) return;
  const onAbort = () => socket.destroy(connectError(remote, 'aborted', signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', onAbort));
  if (signal.aborted) onAbort();
}

/** What crossed the air so far. */
export interface LinkCost {
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Milliseconds since the session was asked for. */
  readonly milliseconds: number;
}

/**
 * A data session: PPP, or the modem's own TCP sockets. Disposing takes it down; every connection ends.
 */
export interface Link extends AsyncDisposable {
  /**
   * A TCP connection, at once writable: bytes written before it is up are kept. It emits `connect` when it is up,
   * and `error` (LinkError) when it cannot be made or is lost; the signal destroys it.
   */
  connect(host: string, port: number, options?: { signal?: AbortSignal }): Duplex;
  /** Resolves when the session is over, with the error if nobody asked for that. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  cost(): LinkCost;
}

/** Opens a data session or rejects with LinkError. */
export type OpenLink = (signal: AbortSignal) => Promise<Link>;
