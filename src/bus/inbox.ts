import type { IPublishPacket } from 'mqtt';
import { asError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { decodePayload } from './payload.ts';
import { matchesFilter } from './topic-filter.ts';
import type { Topic } from './topics.ts';

/** Messages that wait for their handler before the connection stops reading. */
const QUEUE_LIMIT = 256;
/** Messages of a resumed session that may come before the program subscribed again. */
const HELD_LIMIT = 100;

interface Subscription {
  readonly filter: string;
  deliver(packet: IPublishPacket): Promise<void>;
}

interface Message {
  readonly packet: IPublishPacket;
  acknowledge(): void;
}

/**
 * What arrives, handled one after another and acknowledged in that order. A message that no handler is there for
 * yet waits unacknowledged: after CONNECT, a resumed session delivers before anybody could subscribe.
 */
export class Inbox {
  readonly #log: Log;
  readonly #onFailure: (error: Error) => void;
  readonly #subscriptions: Subscription[] = [];
  #queue: Message[] = [];
  #held: Message[] = [];
  #blocked: (() => void)[] = [];
  #working: Promise<void> | undefined;

  /** `onFailure` is told when a handler rejected; the message stays unacknowledged. */
  constructor(log: Log, onFailure: (error: Error) => void) {
    this.#log = log;
    this.#onFailure = onFailure;
  }

  add<T>(topic: Topic<T>, handle: (payload: T, topicName: string) => Promise<void>): void {
    const deliver = (packet: IPublishPacket) => this.#deliver(topic, handle, packet);
    this.#subscriptions.push({ filter: topic.name, deliver });
    const held = this.#held;
    this.#held = [];
    this.#queue.push(...held);
    this.#work();
  }

  remove(filter: string): void {
    const index = this.#subscriptions.findIndex((one) => one.filter === filter);
    if (index >= 0) this.#subscriptions.splice(index, 1);
  }

  receive(message: Message, next: () => void): void {
    this.#queue.push(message);
    this.#work();
    if (this.#queue.length < QUEUE_LIMIT) next();
    else this.#blocked.push(next);
  }

  /** Forgets what came over a connection that is gone: unacknowledged, it comes again. */
  clear(): void {
    this.#queue = [];
    this.#held = [];
    this.#blocked = [];
  }

  /** Resolves when nothing is being handled. */
  async idle(): Promise<void> {
    await this.#working;
  }

  #work(): void {
    this.#working ??= this.#handleAll().finally(() => {
      this.#working = undefined;
    });
  }

  async #handleAll(): Promise<void> {
    await Promise.resolve();
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
      await this.#handle(message).catch((error: unknown) => this.#onFailure(asError(error)));
      if (this.#queue.length < QUEUE_LIMIT / 2) for (const next of this.#blocked.splice(0)) next();
    }
  }

  async #handle(message: Message): Promise<void> {
    const { topic } = message.packet;
    const meant = this.#subscriptions.filter((one) => matchesFilter(one.filter, topic));
    if (meant.length > 0) {
      for (const one of meant) await one.deliver(message.packet);
      message.acknowledge();
    } else if (this.#held.length < HELD_LIMIT) this.#held.push(message);
  }

  async #deliver<T>(
    topic: Topic<T>,
    handle: (payload: T, topicName: string) => Promise<void>,
    packet: IPublishPacket,
  ): Promise<void> {
    if (packet.retain && !topic.retain) {
      // MQTT 3.1.1, 3.3.1.3: set only on what a broker had kept for a new subscription. An event of another time is none now.
      this.#log.warn(
        { topic: packet.topic },
        'The broker had kept an event, as no client of ours asks it to: dropped',
      );
      return;
    }
    const payload = this.#decode(topic, packet);
    if (payload !== undefined) await handle(payload.value, packet.topic);
  }

  #decode<T>(topic: Topic<T>, packet: IPublishPacket): { value: T } | undefined {
    try {
      return { value: decodePayload(topic, Buffer.from(packet.payload)) };
    } catch (error) {
      const bytes = packet.payload.length;
      this.#log.warn(
        { topic: packet.topic, bytes, err: error },
        'A payload broke the shape of its topic: dropped',
      );
      return undefined;
    }
  }
}
