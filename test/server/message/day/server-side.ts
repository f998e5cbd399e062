import type { Bus } from '../../../../src/bus/bus.ts';
import { decodePayload, encodePayload } from '../../../../src/bus/payload.ts';
import { matchesFilter } from '../../../../src/bus/topic-filter.ts';
import type { Topic } from '../../../../src/bus/topics.ts';
import { MemoryFiles } from '../../../support/memory-files.ts';

/** A disk in memory whose session log costs no more the longer it is. */
export class DayFiles extends MemoryFiles {
  sessions = 0;

  /** What a process that starts after a crash now finds. */
  afterCrash(): DayFiles {
    return new DayFiles(this.copy().content);
  }

  override async append(path: string) {
    if (!path.endsWith('/sessions.jsonl')) return super.append(path);
    this.sessions += 1;
    return { write: async () => {}, sync: async () => {}, close: async () => {} };
  }
}

interface Handler {
  readonly filter: string;
  take(bytes: Buffer, topic: string): Promise<void>;
}

/** The message server's end of a bus: everything crosses it as bytes. Once it is cut, nothing does. */
export class DayBus implements Bus {
  readonly closed = new Promise<undefined>(() => {});
  readonly #out: (topic: string, payload: unknown) => void;
  readonly #handlers: Handler[] = [];
  #cut = false;

  constructor(out: (topic: string, payload: unknown) => void) {
    this.#out = out;
  }

  async publish<T>(topic: Topic<T>, payload: T): Promise<void> {
    const bytes = encodePayload(topic, payload);
    if (!this.#cut) this.#out(topic.name, JSON.parse(bytes.toString('utf8')));
  }

  async subscribe<T>(topic: Topic<T>, handle: (payload: T, name: string) => Promise<void>): Promise<void> {
    const take = (bytes: Buffer, name: string) => handle(decodePayload(topic, bytes), name);
    this.#handlers.push({ filter: topic.name, take });
  }

  /** Resolves with whether it was taken and acknowledged. */
  async deliver<T>(topic: Topic<T>, payload: T): Promise<boolean> {
    const handler = this.#handlers.find(({ filter }) => matchesFilter(filter, topic.name));
    if (!handler || this.#cut) return false;
    const taken = await handler.take(encodePayload(topic, payload), topic.name).then(
      () => true,
      () => false,
    );
    return taken && !this.#cut;
  }

  cut(): void {
    this.#cut = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
