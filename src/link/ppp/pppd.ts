import type { Readable, Writable } from 'node:stream';

/** How pppd ended. */
export interface PppdEnd {
  /** Its exit code (pppd(8), EXIT STATUS), undefined when it was killed or nobody told. */
  readonly code: number | undefined;
  /** The signal that killed it. */
  readonly signal?: string | undefined;
}

/** A pppd that is running: as a child of ours, or behind a socket. */
export interface Pppd {
  /** To pppd: what the network sends. Its end tells pppd that the modem hung up. */
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves when it has ended. Never rejects. */
  readonly ended: Promise<PppdEnd>;
  /** What it has logged so far. */
  log(): Promise<string>;
  /** Asks it to say goodbye to the network and to end. */
  stop(): void;
  /** Ends it without a word. */
  kill(): void;
}

/** Starts pppd for the session of this name (a-z, 0-9). Rejects with LinkError `pppd-missing`. */
export type StartPppd = (session: string, signal: AbortSignal) => Promise<Pppd>;

/** By this the hook knows that a pppd is ours, and whose state it writes. */
export const ipparamOf = (session: string) => `ringpost-${session}`;
