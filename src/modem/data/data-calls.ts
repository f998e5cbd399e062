import type { DataAtChannel } from '../channel.ts';
import type { ModemContext } from '../context.ts';
import type { DataCall } from './data-call.ts';
import { dialData } from './dial.ts';
import { LineCall } from './line-call.ts';

/** Makes the data calls of one modem. */
export class DataCalls {
  readonly #context: ModemContext;
  readonly #channel: DataAtChannel;
  readonly #onReset: () => void;
  #open = 0;

  /** `onReset`: the modem has started again in the middle of a call. */
  constructor(context: ModemContext, channel: DataAtChannel, onReset: () => void) {
    this.#context = context;
    this.#channel = channel;
    this.#onReset = onReset;
  }

  /** Whether a call is up, or being hung up. */
  get open(): boolean {
    return this.#open > 0;
  }

  async dial(signal?: AbortSignal): Promise<DataCall> {
    const { clock, log, profile } = this.#context;
    const phase = await dialData({ context: this.#context, channel: this.#channel }, signal);
    log.debug({ connect: phase.connect }, 'data call');
    const { resetMarkers, data } = profile;
    const lineClosed = this.#channel.closed;
    const call = new LineCall({ phase, how: data.escape, resetMarkers, lineClosed, clock, log });
    this.#open += 1;
    void call.ended.then((end) => {
      this.#open -= 1;
      if (end.why === 'carrier-lost' && end.line !== 'NO CARRIER') this.#onReset();
    });
    return call;
  }
}
