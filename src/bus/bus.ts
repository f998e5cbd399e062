import { RingpostError } from '../base/errors.ts';
import type { Topic } from './topics.ts';

/** What the broker refused or what broke: `bus-refused` (permanent), `bus-lost`, `bus-timeout` (temporary). */
export class BusError extends RingpostError {}

/** One MQTT connection (3.1.1, clean session off, QoS 1), spoken in typed topics. */
export interface Bus extends AsyncDisposable {
  /** Resolves at the PUBACK. A refused publish is a permanent BusError, not a reason to reconnect. */
  publish<T>(topic: Topic<T>, payload: T, signal?: AbortSignal): Promise<void>;
  /**
   * Resolves at the SUBACK. The PUBACK of a message leaves only after `handle` resolved, so it may store first;
   * when it rejects, the message comes again. A payload that breaks the topic's schema is logged, acknowledged and dropped.
   */
  subscribe<T>(
    topic: Topic<T>,
    handle: (payload: T, topicName: string) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Resolves when the connection is over for good. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}
