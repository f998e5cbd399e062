import type { Duplex } from 'node:stream';

/** Why a data call is over. */
export type DataCallEnd =
  /** The modem said so; `line` is `NO CARRIER`, or the line of a modem that has started again. */
  | { readonly why: 'carrier-lost'; readonly line: string }
  /** We hung up. */
  | { readonly why: 'left' }
  /** The serial line is gone, and the modem with it. */
  | { readonly why: 'line-lost'; readonly error: Error | undefined };

/**
 * A data call that is up (the modem answered CONNECT). Disposing hangs up: it never rejects, and takes some seconds
 * at most, for the escape wants a silent line (V.250 S12); after a lost carrier nothing is sent.
 */
export interface DataCall extends AsyncDisposable {
  /** The whole line: `CONNECT 115200`. */
  readonly connect: string;
  /** The bytes both ways, with back-pressure. It ends when the call does. */
  readonly stream: Duplex;
  /** Resolves when the call is over. Never rejects. */
  readonly ended: Promise<DataCallEnd>;
  /** Bytes that crossed so far, PPP framing included. */
  bytes(): { readonly up: number; readonly down: number };
}
