import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import { DeadlineError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { DataCall, DataCallEnd } from '../../modem/data/data-call.ts';
import { LinkError } from '../link.ts';
import { pppError } from './diagnose.ts';
import type { Pppd, PppdEnd } from './pppd.ts';
import { type PppState, readState } from './state-file.ts';

export interface PppSessionOptions {
  readonly call: DataCall;
  readonly pppd: Pppd;
  readonly session: string;
  readonly run: string;
  readonly clock: Clock;
  readonly log: Log;
}

const POLL_MS = 50;
/** pppd's own goodbye takes up to a second (`lcp-max-terminate`, `lcp-restart`). */
const STOP_MS = 4000;
const KILL_MS = 1000;
/** To learn from pppd's log why the other end went; nobody waits longer for it. */
const LAST_WORDS_MS = 250;

/** A data call with a pppd on it. */
export class PppSession {
  /** Resolves with the reason when call or pppd ended. Never rejects. */
  readonly lost: Promise<LinkError>;
  readonly #options: PppSessionOptions;
  #closing: Promise<void> | undefined;
  /** What the modem said last. */
  #modem: string | undefined;

  constructor(options: PppSessionOptions) {
    const { call, pppd } = options;
    this.#options = options;
    call.stream.pipe(pppd.input);
    pppd.output.pipe(call.stream, { end: false });
    this.lost = Promise.race([
      call.ended.then((end) => this.#afterCall(end)),
      pppd.ended.then((end) => this.#afterPppd(end)),
    ]);
  }

  /** Resolves with the addresses when the session is up; rejects with LinkError, or the signal's reason. */
  async up(ms: number, signal: AbortSignal): Promise<PppState> {
    const { clock } = this.#options;
    const wait = { what: 'PPP: an address from the network', ms, signal };
    const lost = this.lost.then((error) => Promise.reject(error));
    const done = new AbortController();
    const look = (over: AbortSignal) => this.#poll(AbortSignal.any([over, done.signal]));
    try {
      return await withDeadline(clock, wait, (over) => Promise.race([look(over), lost]));
    } catch (error) {
      throw error instanceof DeadlineError ? await this.#late(error) : error;
    } finally {
      // Without this, a session that is lost would be looked for ever after.
      done.abort();
    }
  }

  state(): Promise<PppState | undefined> {
    return readState(this.#options.run, this.#options.session);
  }

  /** pppd says goodbye, then the call is hung up. Bounded, never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #poll(over: AbortSignal): Promise<PppState> {
    for (;;) {
      const state = await this.state();
      if (state?.failed) {
        throw new LinkError(`PPP: the hook could not set up its ${state.failed}`, { code: 'pppd-setup' });
      }
      if (state?.up) return state;
      await this.#options.clock.sleep(POLL_MS, over);
    }
  }

  async #late(error: DeadlineError): Promise<LinkError> {
    const why = pppError({ log: await this.#options.pppd.log() });
    if (why.code !== 'ended') return why;
    return new LinkError(error.message, { code: 'no-address', temporary: true, cause: error });
  }

  async #afterCall(end: DataCallEnd): Promise<LinkError> {
    const { pppd, clock } = this.#options;
    if (end.why === 'carrier-lost') this.#modem = end.line;
    pppd.input.end();
    // What nobody takes any more must not hide its end.
    pppd.output.unpipe();
    pppd.output.resume();
    if (end.why === 'line-lost') {
      const message = `PPP: the line to the modem is lost${end.error ? `: ${end.error.message}` : ''}`;
      return new LinkError(message, { code: 'hang-up', temporary: true, cause: end.error });
    }
    const last = new AbortController();
    await Promise.race([pppd.ended, clock.sleep(LAST_WORDS_MS, last.signal).catch(() => {})]);
    last.abort();
    return pppError({ log: await pppd.log(), modem: this.#modem });
  }

  async #afterPppd({ code, signal }: PppdEnd): Promise<LinkError> {
    const log = await this.#options.pppd.log();
    return pppError({ log, exit: code, killed: signal, modem: this.#modem });
  }

  async #close(): Promise<void> {
    const { call, pppd, log } = this.#options;
    pppd.stop();
    if (!(await this.#endsWithin(STOP_MS))) {
      log.warn('pppd does not end; it is killed');
      pppd.kill();
      if (!(await this.#endsWithin(KILL_MS))) log.error('pppd cannot be killed');
    }
    await call[Symbol.asyncDispose]();
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const { pppd, clock } = this.#options;
    const wait = { what: 'the end of pppd', ms };
    return await withDeadline(clock, wait, () => pppd.ended).then(
      () => true,
      () => false,
    );
  }
}
