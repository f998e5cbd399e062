import { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';

/** Any connection, with its bytes and round trips counted: what is below TLS, above TCP. */
export class MeteredStream extends Duplex {
  readonly #inner: Duplex;
  readonly #clock: Clock;
  #bytesUp = 0;
  #bytesDown = 0;
  #roundTrips = 0;
  #awaiting = false;
  #lastReceived: number;

  constructor(inner: Duplex, clock: Clock) {
    super();
    this.#inner = inner;
    this.#clock = clock;
    this.#lastReceived = clock.monotonic();
    inner.on('data', (chunk: Buffer) => this.#received(chunk));
    inner.once('end', () => this.push(null));
    inner.once('error', (error) => this.destroy(error));
    inner.once('close', () => this.#innerClosed());
    inner.pause();
  }

  get bytesUp(): number {
    return this.#bytesUp;
  }

  get bytesDown(): number {
    return this.#bytesDown;
  }

  /** How often something came back after something was sent. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** When something came last (or when this was made), on the clock's monotonic scale, milliseconds. */
  get lastReceived(): number {
    return this.#lastReceived;
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#bytesUp += chunk.length;
    this.#awaiting = true;
    this.#inner.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    const inner = this.#inner;
    if (inner.destroyed || inner.writableEnded) done();
    else if (!inner.readableEnded) inner.end(() => done());
    else {
      // The other side has closed: whether it still takes anything is not waited for.
      inner.end();
      done();
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // A write that was still under way may fail now, with nobody left to hear of it.
    this.#inner.on('error', () => {});
    this.#inner.destroy();
    done(error);
  }

  #received(chunk: Buffer): void {
    this.#bytesDown += chunk.length;
    if (this.#awaiting) this.#roundTrips += 1;
    this.#awaiting = false;
    this.#lastReceived = this.#clock.monotonic();
    if (!this.push(chunk)) this.#inner.pause();
  }

  #innerClosed(): void {
    // What came before is still to be read; the end of it is the end of the connection.
    if (!this.destroyed && !this.#inner.readableEnded) this.push(null);
  }
}
