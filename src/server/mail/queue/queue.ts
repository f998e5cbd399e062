import { type Files, nodeFiles } from '../../../base/files.ts';
import { MailServerError } from '../errors.ts';
import { attempt } from './attempt.ts';
import { type Entry, isOver, untold } from './entry.ts';
import type { QueueParts } from './parts.ts';
import { QueueFiles } from './queue-files.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
import { Slots } from './slots.ts';
import { tell } from './tell.ts';

export interface QueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Connections to the smarthost at a time. */
  readonly maxConnections: number;
}

export const DEFAULT_QUEUE_LIMITS: QueueLimits = {
  maxMessages: 1_000,
  maxBytes: 1_000_000_000,
  maxConnections: 4,
};

export interface QueueOptions
  extends Pick<QueueParts, 'store' | 'users' | 'name' | 'smarthost' | 'connect' | 'clock' | 'log'> {
  readonly directory: string;
  readonly files?: Files | undefined;
  readonly limits?: Partial<QueueLimits> | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  readonly random?: (() => number) | undefined;
}

/** What somebody submitted. */
export type NewEntry = Omit<Entry, 'attempts' | 'next'>;

/**
 * Mail that users submitted: on the disk before it is acknowledged, then delivered to those who are here and handed to the smarthost for all
 * others, until each has it, has refused it, or its time is over. A power cut loses nothing. The smarthost gets a
 * message twice only if the power goes between its taking it and our noting so; both have the same Message-ID.
 */
export class MailQueue implements AsyncDisposable {
  readonly #parts: QueueParts;
  readonly #limits: QueueLimits;
  readonly #stop: AbortController;
  readonly #lives = new Set<Promise<void>>();
  #messages = 0;
  #bytes = 0;

  private constructor(parts: QueueParts, limits: QueueLimits, stop: AbortController) {
    this.#parts = parts;
    this.#limits = limits;
    this.#stop = stop;
  }

  /** Opens the queue and goes on with what is in it. */
  static async open(options: QueueOptions): Promise<MailQueue> {
    const stop = new AbortController();
    const limits = { ...DEFAULT_QUEUE_LIMITS, ...options.limits };
    const parts: QueueParts = {
      ...options,
      files: new QueueFiles(options.directory, options.files ?? nodeFiles),
      slots: new Slots(limits.maxConnections),
      retry: { ...DEFAULT_RETRY, ...options.retry },
      random: options.random ?? Math.random,
      signal: stop.signal,
    };
    const queue = new MailQueue(parts, limits, stop);
    for (const entry of await parts.files.load(options.log)) queue.#begin(entry);
    return queue;
  }

  get canRelay(): boolean {
    return this.#parts.smarthost !== undefined;
  }

  /** Messages that wait for something. */
  get length(): number {
    return this.#messages;
  }

  /**
   * Takes a message over: it is on the disk when this resolves, and is tried at once. Throws MailServerError `queue-full`
   * (temporary), and what the disk says.
   */
  async add(message: NewEntry, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const entry = { ...message, attempts: 0, next: message.acceptedAt };
    this.#count(1, entry);
    try {
      if (this.#messages > this.#limits.maxMessages || this.#bytes > this.#limits.maxBytes)
        throw full(this.#limits);
      await this.#parts.files.add(entry, bytes);
    } finally {
      this.#count(-1, entry);
    }
    this.#begin(entry);
  }

  /** What is being handed over is cut off; it is tried again when the queue is opened the next time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#lives);
  }

  #begin(entry: Entry): void {
    this.#count(1, entry);
    const { log, signal } = this.#parts;
    const life = this.#live(entry)
      .catch((error: unknown) => {
        if (!signal.aborted)
          log.error({ err: error, id: entry.id }, 'A message of the queue is stuck until the next start');
      })
      .finally(() => {
        this.#count(-1, entry);
        this.#lives.delete(life);
      });
    this.#lives.add(life);
  }

  async #live(entry: Entry): Promise<void> {
    const { clock, retry, signal, files } = this.#parts;
    let current = entry;
    while (!isOver(current)) {
      // The wall clock may be set back while we sleep.
      const wait = Math.min(2 * retry.longest, current.next - clock.now());
      if (wait > 0) await clock.sleep(wait, signal);
      signal.throwIfAborted();
      current = await this.#save(await attempt(this.#parts, current));
      if (untold(current).length > 0)
        current = await this.#save(await this.#insist(() => tell(this.#parts, current)));
    }
    await this.#insist(() => files.remove(current));
  }

  async #save(entry: Entry): Promise<Entry> {
    await this.#insist(() => this.#parts.files.save(entry));
    return entry;
  }

  /** A disk that is full now has room later; until then what was done is only known here. */
  async #insist<T>(work: () => Promise<T>): Promise<T> {
    const { clock, log, retry, signal } = this.#parts;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        log.error({ err: error }, 'The queue could not be written; it is tried again');
        await clock.sleep(retry.first, signal);
      }
    }
  }

  #count(by: 1 | -1, { size }: Entry): void {
    this.#messages += by;
    this.#bytes += by * size;
  }
}

function full({ maxMessages, maxBytes }: QueueLimits): MailServerError {
  return new MailServerError(`The queue is full: ${maxMessages} messages or ${maxBytes} bytes`, {
    code: 'queue-full',
    temporary: true,
  });
}
