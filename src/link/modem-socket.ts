import { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { asError } from '../base/errors.ts';
import { settlable } from '../base/settlable.ts';
import { LinkError } from './link.ts';
import { wasRefused } from './modem-sockets.ts';

/** What a connection asks of its link. */
export interface SocketDriver {
  /** Sends at most `sendLimit` bytes; resolves when the modem has taken them all. The signal ends waiting for room. */
  send(id: number, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Fetches what the modem holds, up to its limit; `onRest` is told at once how much is left there. */
  receive(id: number, onRest: (rest: number) => void): Promise<Uint8Array>;
  readonly sendLimit: number;
  readonly clock: Clock;
}

/** How long after our end the other side may still send: the modem knows no half-close. */
const LINGER_MS = 3000;

type WriteDone = (error?: Error | null) => void;

/** One TCP connection inside the modem. It asks for bytes only when its reader wants some. */
export class ModemSocket extends Duplex {
  /** As at net.Socket. */
  connecting = true;
  readonly remote: string;
  readonly #driver: SocketDriver;
  readonly #up = settlable<number>();
  readonly #over = new AbortController();
  #id: number | undefined;
  #wanted = false;
  #waiting = false;
  #reading = false;
  #received = 0;
  #peerEnded: { readonly clean: boolean; readonly words: string } | undefined;

  constructor(driver: SocketDriver, remote: string) {
    // The modem closes both directions at once, so the writing side ends with the reading side.
    super({ allowHalfOpen: false });
    this.#driver = driver;
    this.remote = remote;
    this.#up.promise.catch(() => {});
  }

  /** Whether the modem has said that the connection is over. */
  get peerEnded(): boolean {
    return this.#peerEnded !== undefined;
  }

  connected(id: number): void {
    this.#id = id;
    this.connecting = false;
    this.#up.resolve(id);
    this.emit('connect');
    this.#pump();
  }

  /** Bytes wait in the modem. */
  dataWaiting(): void {
    this.#waiting = true;
    this.#pump();
  }

  /** The connection is over; what the modem still holds is fetched first. */
  ended(clean: boolean, words: string): void {
    this.#peerEnded = { clean, words };
    this.#waiting = true;
    this.#pump();
  }

  override _read(): void {
    this.#wanted = true;
    this.#pump();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: WriteDone): void {
    this.#send(chunk).then(() => done(), done);
  }

  /** What has piled up meanwhile goes out in as few commands as possible. */
  override _writev(chunks: { chunk: Buffer }[], done: WriteDone): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done);
  }

  override _final(done: WriteDone): void {
    done();
    void this.#linger();
  }

  override _destroy(error: Error | null, done: WriteDone): void {
    this.connecting = false;
    const why = error ?? new LinkError(`${this.remote}: closed`, { code: 'connection-lost' });
    this.#up.reject(why);
    this.#over.abort(why);
    done(error);
  }

  async #send(bytes: Buffer): Promise<void> {
    const id = await this.#up.promise;
    const { sendLimit } = this.#driver;
    for (let start = 0; start < bytes.length; start += sendLimit) {
      if (this.#peerEnded) throw this.#lost(this.#peerEnded.words);
      this.#over.signal.throwIfAborted();
      const piece = bytes.subarray(start, start + sendLimit);
      await this.#driver.send(id, piece, this.#over.signal).catch((error: unknown) => {
        throw this.#broken(error);
      });
    }
  }

  #pump(): void {
    if (this.#id === undefined || this.#reading || this.destroyed) return;
    if (this.#waiting && this.#wanted) void this.#receive(this.#id);
    else if (this.#peerEnded && !this.#waiting) this.#finish(this.#peerEnded);
  }

  async #receive(id: number): Promise<void> {
    this.#reading = true;
    // Before the command: what is announced while it runs must not be forgotten.
    this.#waiting = false;
    try {
      const bytes = await this.#driver.receive(id, (rest) => {
        if (rest > 0) this.#waiting = true;
      });
      if (bytes.length > 0) this.#deliver(bytes);
    } catch (error) {
      // Some modems refuse to look into a connection that is over and read out.
      if (!this.#peerEnded || !wasRefused(error)) this.destroy(this.#broken(error));
    }
    this.#reading = false;
    this.#pump();
  }

  #deliver(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.destroyed) return;
    this.#wanted = false;
    if (this.push(bytes)) this.#wanted = true;
  }

  #finish({ clean, words }: { clean: boolean; words: string }): void {
    if (clean) this.push(null);
    else this.destroy(this.#lost(words));
  }

  /** After our end, waits until the other side has been silent for a while. */
  async #linger(): Promise<void> {
    let before: number;
    try {
      do {
        before = this.#received;
        await this.#driver.clock.sleep(LINGER_MS, this.#over.signal);
      } while (this.#received !== before || this.#waiting || this.#reading);
    } catch {
      return;
    }
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }

  /** Callers get a LinkError, whatever it was that the modem or its line refused. */
  #broken(error: unknown): LinkError {
    return error instanceof LinkError ? error : this.#lost(asError(error).message, error);
  }

  #lost(words: string, cause?: unknown): LinkError {
    return new LinkError(`${this.remote}: the connection broke (${words})`, {
      code: 'connection-lost',
      temporary: true,
      fields: { remote: this.remote, reason: words },
      cause,
    });
  }
}
