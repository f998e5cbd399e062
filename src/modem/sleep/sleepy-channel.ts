import type { AtReply, CommandOptions, UrcListener } from '../at-channel.ts';
import type { DataAtChannel } from '../channel.ts';
import type { DataPhase } from '../data-phase.ts';
import type { SerialLine } from '../serial-line.ts';
import type { SleepWay } from './way.ts';

/**
 * An AT channel of a modem that sleeps between its commands: it is woken before one, once for a burst of them. What the modem
 * says by itself arrives as ever: for that it wakes by itself.
 */
export class SleepyChannel implements DataAtChannel {
  readonly path: string;
  readonly closed: Promise<Error | undefined>;
  readonly #channel: DataAtChannel;
  readonly #way: SleepWay;
  #running = 0;

  constructor(channel: DataAtChannel, way: SleepWay) {
    this.#channel = channel;
    this.#way = way;
    this.path = channel.path;
    this.closed = channel.closed;
    way.rest();
  }

  command(text: string, options?: CommandOptions): Promise<AtReply> {
    return this.#awake(() => this.#channel.command(text, options));
  }

  data(text: string, options?: CommandOptions): Promise<DataPhase> {
    return this.#awake(() => this.#channel.data(text, options));
  }

  whenIdle(work: () => Promise<void>): Promise<void> {
    return this.#channel.whenIdle(work);
  }

  get setDtr(): SerialLine['setDtr'] {
    return this.#channel.setDtr;
  }

  onUrc(listener: UrcListener): () => void {
    return this.#channel.onUrc(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]();
  }

  async #awake<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      await this.#way.wake().catch(() => {});
      return await work();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#way.rest();
    }
  }
}
