import { Mutex } from '../../src/base/mutex.ts';
import { settlable } from '../../src/base/settlable.ts';
import { type BusUser, mayBeRetained, mayPublish, maySubscribe } from '../../src/bus/access.ts';
import { type Bus, BusError } from '../../src/bus/bus.ts';
import { decodePayload, encodePayload } from '../../src/bus/payload.ts';
import { matchesFilter } from '../../src/bus/topic-filter.ts';
import type { Topic } from '../../src/bus/topics.ts';

interface Message {
  readonly topic: string;
  readonly bytes: Buffer;
}

interface Session {
  readonly filters: Set<string>;
  readonly queue: Message[];
  client: MemoryBus | undefined;
}

/** A broker in memory with the access rules, sessions that outlive connections (QoS 1), and retained messages. */
export class MemoryBroker {
  /** Everything that was published and allowed, in order. */
  readonly published: { readonly topic: string; readonly payload: unknown }[] = [];
  readonly #sessions = new Map<string, Session>();
  readonly #retained = new Map<string, Message>();

  connect(user: BusUser): Bus {
    const session = this.#session(user.name);
    session.client?.lose();
    const client = new MemoryBus(this, user, session);
    session.client = client;
    return client;
  }

  /** Puts bytes on a topic that no schema was asked about, as a hostile client may within the access rules. */
  inject(user: BusUser, topic: string, bytes: Buffer): void {
    this.accept(user, { topic, bytes }, false);
  }

  /** Ends a connection as a crash or a lost network does. */
  drop(name: string): void {
    this.#session(name).client?.lose();
  }

  /** The payloads of one topic, in order. */
  on(topic: string): unknown[] {
    return this.published.filter((one) => one.topic === topic).map((one) => one.payload);
  }

  accept(user: BusUser, message: Message, retain: boolean): void {
    if (!mayPublish(user, message.topic)) {
      throw new BusError(`PUBLISH ${message.topic}: refused`, { code: 'bus-refused' });
    }
    this.published.push({ topic: message.topic, payload: readable(message.bytes) });
    if (retain && mayBeRetained(message.topic)) this.#retained.set(message.topic, message);
    for (const session of this.#sessions.values()) {
      if ([...session.filters].some((filter) => matchesFilter(filter, message.topic)))
        this.#enqueue(session, message);
    }
  }

  subscribed(session: Session, filter: string): void {
    session.filters.add(filter);
    for (const message of this.#retained.values()) {
      if (matchesFilter(filter, message.topic)) this.#enqueue(session, message);
    }
  }

  #enqueue(session: Session, message: Message): void {
    session.queue.push(message);
    session.client?.deliver();
  }

  #session(name: string): Session {
    const session = this.#sessions.get(name) ?? { filters: new Set(), queue: [], client: undefined };
    this.#sessions.set(name, session);
    return session;
  }
}

type Handler = (message: Message) => Promise<void>;

class MemoryBus implements Bus {
  readonly closed: Promise<Error | undefined>;
  readonly #broker: MemoryBroker;
  readonly #user: BusUser;
  readonly #session: Session;
  readonly #handlers: { filter: string; handle: Handler }[] = [];
  readonly #turn = new Mutex();
  readonly #over = settlable<Error | undefined>();
  #open = true;

  constructor(broker: MemoryBroker, user: BusUser, session: Session) {
    this.#broker = broker;
    this.#user = user;
    this.#session = session;
    this.closed = this.#over.promise;
  }

  async publish<T>(topic: Topic<T>, payload: T): Promise<void> {
    const bytes = encodePayload(topic, payload);
    this.#mustBeOpen();
    this.#broker.accept(this.#user, { topic: topic.name, bytes }, topic.retain);
  }

  async subscribe<T>(
    topic: Topic<T>,
    handle: (payload: T, topicName: string) => Promise<void>,
  ): Promise<void> {
    this.#mustBeOpen();
    if (!maySubscribe(this.#user, topic.name)) {
      throw new BusError(`SUBSCRIBE ${topic.name}: refused`, { code: 'bus-refused' });
    }
    this.#handlers.push({ filter: topic.name, handle: (message) => checked(topic, handle, message) });
    this.#broker.subscribed(this.#session, topic.name);
    this.deliver();
  }

  /** Hands out what is queued, one after another; taken off the queue once the handler is through. */
  deliver(): void {
    void this.#turn.run(async () => {
      const message = this.#session.queue.find((one) => this.#handlerOf(one));
      const handle = message && this.#handlerOf(message);
      if (!message || !handle || !this.#open) return;
      try {
        await handle(message);
        this.#session.queue.splice(this.#session.queue.indexOf(message), 1);
        this.deliver();
      } catch {
        // Unacknowledged: it comes again with the next connection, or after the next message.
      }
    });
  }

  lose(): void {
    this.#end(new BusError('The connection was lost', { code: 'bus-lost', temporary: true }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn.run(async () => this.#end(undefined));
  }

  #handlerOf(message: Message): Handler | undefined {
    return this.#handlers.find(({ filter }) => matchesFilter(filter, message.topic))?.handle;
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new BusError('The connection was lost', { code: 'bus-lost', temporary: true });
  }

  #end(error: Error | undefined): void {
    this.#open = false;
    if (this.#session.client === this) this.#session.client = undefined;
    this.#over.resolve(error);
  }
}

async function checked<T>(
  topic: Topic<T>,
  handle: (payload: T, topicName: string) => Promise<void>,
  message: Message,
): Promise<void> {
  let payload: T;
  try {
    payload = decodePayload(topic, message.bytes);
  } catch {
    return;
  }
  await handle(payload, message.topic);
}

function readable(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return bytes.toString('latin1');
  }
}
