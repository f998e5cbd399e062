import { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { settlable } from '../../base/settlable.ts';
import type { DataPhase } from '../data-phase.ts';
import { ModemError } from '../errors.ts';
import { CarrierWatch, type Verdict } from './carrier-watch.ts';
import type { DataCall, DataCallEnd } from './data-call.ts';
import { type Escape, leaveData } from './leave-data.ts';

export interface LineCallOptions {
  readonly phase: DataPhase;
  readonly how: Escape;
  readonly resetMarkers: readonly string[];
  /** Resolves when the channel under the call cannot be used any more. */
  readonly lineClosed: Promise<Error | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A text like NO CARRIER inside a frame is one when the line is silent for so long afterwards. */
const SILENCE_MS = 300;

/** The data call over a data phase, from its CONNECT on. */
export class LineCall implements DataCall {
  readonly connect: string;
  readonly stream: Duplex;
  readonly ended: Promise<DataCallEnd>;
  readonly #options: LineCallOptions;
  readonly #watch: CarrierWatch;
  readonly #end = settlable<DataCallEnd>();
  readonly #over = new AbortController();
  #doubt = new AbortController();
  #up = 0;
  #down = 0;
  #leaving: Promise<void> | undefined;

  constructor(options: LineCallOptions) {
    const { phase, lineClosed } = options;
    this.#options = options;
    this.connect = phase.connect;
    this.ended = this.#end.promise;
    this.#watch = new CarrierWatch(options.resetMarkers);
    this.stream = new Duplex({
      read: () => phase.flow(true),
      write: (chunk: Buffer, _encoding, done) => this.#write(chunk, done),
      // The call outlives its stream: whoever hangs up still listens for the answer.
      destroy: (error, done) => {
        phase.flow(true);
        done(error);
      },
    });
    this.stream.on('error', () => {});
    phase.onData((bytes) => this.#take(bytes));
    void lineClosed.then((error) => this.#finish({ why: 'line-lost', error }));
  }

  bytes(): { up: number; down: number } {
    return { up: this.#up, down: this.#down };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  #write(chunk: Buffer, done: (error?: Error | null) => void): void {
    if (this.#over.signal.aborted || this.#leaving) {
      done(new ModemError('the data call is over', OVER));
      return;
    }
    this.#up += chunk.length;
    this.#options.phase.write(chunk).then(() => done(), done);
  }

  #take(bytes: Uint8Array): void {
    if (this.#over.signal.aborted) return;
    this.#doubt.abort();
    this.#judge(this.#watch.push(bytes), bytes);
    if (this.stream.destroyed || this.stream.readableEnded) return;
    this.#down += bytes.length;
    if (!this.stream.push(Buffer.from(bytes))) this.#options.phase.flow(false);
  }

  #judge(verdict: Verdict, bytes: Uint8Array): void {
    if (verdict.is === 'none') return;
    const { line } = verdict;
    // Later, so that what came before it is handed on first.
    if (verdict.is === 'lost') {
      queueMicrotask(() => this.#finish({ why: 'carrier-lost', line }, behind(line, bytes)));
      return;
    }
    this.#doubt = new AbortController();
    this.#options.clock.sleep(SILENCE_MS, AbortSignal.any([this.#doubt.signal, this.#over.signal])).then(
      () => this.#finish({ why: 'carrier-lost', line }),
      () => {},
    );
  }

  async #leave(): Promise<void> {
    const { phase, how, clock, log } = this.#options;
    this.stream.destroy();
    if (this.#over.signal.aborted) return;
    await leaveData({ phase, how, clock, log, over: this.#over.signal });
    this.#finish({ why: 'left' });
  }

  #finish(told: DataCallEnd, rest?: Uint8Array): void {
    if (this.#over.signal.aborted) return;
    // Some modems confirm a hang-up in these words.
    const end: DataCallEnd = this.#leaving && told.why === 'carrier-lost' ? { why: 'left' } : told;
    this.#over.abort(new ModemError(`the data call is over: ${end.why}`, OVER));
    this.#doubt.abort();
    this.#options.log.debug({ why: end.why, up: this.#up, down: this.#down }, 'data call ended');
    if (!this.stream.destroyed) this.stream.push(null);
    this.#options.phase.leave(rest);
    this.#end.resolve(end);
  }
}

/** What the modem said after its line: `RDY`, when it has started again. */
function behind(line: string, bytes: Uint8Array): Uint8Array {
  const end = Buffer.from(bytes).indexOf(line.slice(-4), 0, 'latin1');
  return end === -1 ? new Uint8Array() : bytes.slice(end + Math.min(line.length, 4));
}

const OVER = { code: 'no-carrier', temporary: true } as const;
