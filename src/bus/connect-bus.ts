import { type Clock, systemClock } from '../base/clock.ts';
import { abortable, withDeadline } from '../base/deadline.ts';
import { asError, DeadlineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { Mutex } from '../base/mutex.ts';
import { settlable } from '../base/settlable.ts';
import { type Bus, BusError } from './bus.ts';
import { Connection, type ConnectionEnd, type Credentials } from './connection.ts';
import { Inbox } from './inbox.ts';
import { type BusTls, type OpenStream, openStream } from './open-stream.ts';
import { encodePayload } from './payload.ts';
import type { Topic } from './topics.ts';

/** Back-off between connections, milliseconds; doubled from the first to the longest, with jitter. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 1000, longestMs: 60_000 };

export interface BusOptions extends Credentials {
  /** Called for each connection. */
  readonly open: OpenStream;
  readonly tls?: BusTls | undefined;
  readonly clock?: Clock;
  readonly log: Log;
  /** MQTT keep-alive; 0: none. */
  readonly keepaliveSeconds: number;
  /** `false`: one connection, for a device's session. Else for servers: connected again until disposed. */
  readonly reconnect: false | Backoff;
  /**
   * For servers at a broker that somebody else runs, with `reconnect`: it is there before it is connected; a CONNECT or a
   * SUBSCRIBE that the broker refuses is logged and tried again, for its files may be mended while this runs.
   */
  readonly patient?: boolean | undefined;
  /** How long a connect, publish or subscribe may take, milliseconds. Default 30 s. */
  readonly deadlineMs?: number | undefined;
}

const DEADLINE_MS = 30_000;
/** How long a good-bye may take. */
const GOODBYE_MS = 2000;
/** A connection that lived as long makes the next back-off start anew. */
const GOOD_CONNECTION_MS = 30_000;
/**
 * A broker has no word for "this publish is not allowed" in MQTT 3.1.1; it closes the connection (3.3.5). A lost
 * network looks different mostly, not always; so where there is a next connection, it takes as many closings.
 */
const CLOSINGS_THAT_REFUSE = 3;

/**
 * Connects over MQTT. The signal ends the bus, whenever it fires. Rejects with BusError: `bus-refused` (wrong
 * password, not a URL ...), and without `reconnect` also `bus-lost` and `bus-timeout`; with it, it keeps trying.
 */
export async function connectBus(options: BusOptions, signal?: AbortSignal): Promise<Bus> {
  signal?.throwIfAborted();
  const bus = new MqttBus(options);
  const onAbort = () => bus.abort(asError(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  void bus.closed.then(() => signal?.removeEventListener('abort', onAbort));
  await bus.start();
  return bus;
}

class MqttBus implements Bus {
  readonly closed: Promise<Error | undefined>;
  readonly #options: BusOptions;
  readonly #clock: Clock;
  readonly #inbox: Inbox;
  readonly #filters = new Set<string>();
  readonly #stop = new AbortController();
  readonly #suspects = new Mutex();
  readonly #over = settlable<Error | undefined>();
  #live = settlable<Connection>();
  #current: Connection | undefined;
  /** Whether the connection is up, with its subscriptions. */
  #isLive = false;
  #error: Error | undefined;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.closed = this.#over.promise;
    this.#inbox = new Inbox(options.log, (error) => this.#handlerFailed(error));
  }

  /** Resolves when it is connected for the first time; where it is patient, at once. */
  async start(): Promise<void> {
    this.#live.promise.catch(() => {});
    this.#run().then(
      () => this.#finish(undefined),
      (error: unknown) => this.#finish(asError(error)),
    );
    if (!this.#options.patient) await this.#live.promise;
  }

  async publish<T>(topic: Topic<T>, payload: T, signal?: AbortSignal): Promise<void> {
    const bytes = encodePayload(topic, payload);
    await this.#within(`PUBLISH ${topic.name}`, signal, async (over) => {
      for (let closings = 0; ; ) {
        const attempt = async () => (await this.#connection(over)).publish(topic.name, bytes, topic.retain);
        const end = await (closings === 0 ? attempt() : this.#suspects.run(attempt));
        if (end === true) return;
        over.throwIfAborted();
        if (end.byBroker) closings += 1;
        this.#refuseAfter(closings, topic.name, end);
      }
    });
  }

  async subscribe<T>(
    topic: Topic<T>,
    handle: (payload: T, topicName: string) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#inbox.add(topic, handle);
    if (this.#options.patient) return this.#subscribePatiently(topic.name);
    try {
      await this.#within(`SUBSCRIBE ${topic.name}`, signal, async (over) => {
        for (;;) {
          const end = await (await this.#connection(over)).subscribe(topic.name);
          if (end === true) return;
          if (!this.#options.reconnect) throw end.error;
        }
      });
      this.#filters.add(topic.name);
    } catch (error) {
      this.#inbox.remove(topic.name);
      throw error;
    }
  }

  abort(reason: Error): void {
    this.#stop.abort(reason);
    this.#current?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wait = { what: 'MQTT DISCONNECT', ms: GOODBYE_MS };
    const goodbye = async () => {
      await this.#inbox.idle();
      this.#stop.abort();
      this.#current?.end();
      await this.closed;
    };
    await withDeadline(this.#clock, wait, goodbye).catch(() => {});
    this.#stop.abort();
    this.#current?.destroy();
    await this.closed;
  }

  /** One connection after another. Returns when disposed, throws what ends the bus for good. */
  async #run(): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      const since = this.#clock.monotonic();
      const end = await this.#connectOnce().catch(asError);
      this.#current = undefined;
      this.#inbox.clear();
      if (this.#stop.signal.aborted) return;
      const temporary = end instanceof BusError && end.temporary;
      if (!this.#options.reconnect || !(temporary || this.#options.patient)) throw end;
      if (this.#clock.monotonic() - since > GOOD_CONNECTION_MS) failures = 0;
      const ms = backoff(this.#options.reconnect, failures);
      this.#tellEnd(end, temporary, ms);
      await this.#clock.sleep(ms, this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted) return;
    }
  }

  /** Connects, restores the subscriptions, and resolves with the error that the connection ended with. */
  async #connectOnce(): Promise<Error> {
    const stream = openStream(this.#options.open, this.#options.tls);
    const who = { ...this.#options, clock: this.#clock };
    const connection = new Connection(stream, who, (packet, acknowledge, next) =>
      this.#inbox.receive({ packet, acknowledge }, next),
    );
    this.#current = connection;
    try {
      await this.#within(
        `MQTT CONNECT as ${this.#options.clientId}`,
        this.#stop.signal,
        () => connection.ready,
      );
      await this.#resubscribe(connection);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    if (this.#options.patient) this.#options.log.info('Connected to the MQTT broker');
    this.#live.resolve(connection);
    this.#isLive = true;
    const { error } = await connection.ended;
    this.#isLive = false;
    this.#live = settlable();
    this.#live.promise.catch(() => {});
    return error;
  }

  async #resubscribe(connection: Connection): Promise<void> {
    for (const filter of this.#filters) await this.#resubscribeOne(connection, filter);
  }

  async #resubscribeOne(connection: Connection, filter: string, refusals = 0): Promise<void> {
    const what = `SUBSCRIBE ${filter}`;
    try {
      const end = await this.#within(what, this.#stop.signal, () => connection.subscribe(filter));
      if (end !== true) throw end.error;
    } catch (error) {
      if (!this.#options.patient || !(error instanceof BusError) || error.temporary) throw error;
      void this.#afterRefusal(connection, filter, error, refusals).catch(() => connection.destroy());
    }
  }

  /** The other filters serve meanwhile. */
  async #afterRefusal(connection: Connection, filter: string, error: Error, refusals: number): Promise<void> {
    const ms = backoff(this.#options.reconnect || defaultBackoff, refusals);
    const text = 'The MQTT broker refused a subscription: its access rules lack it; trying again';
    this.#options.log.error({ err: error, filter, user: this.#options.user, seconds: ms / 1000 }, text);
    await this.#clock.sleep(ms, this.#stop.signal);
    if (this.#current === connection) await this.#resubscribeOne(connection, filter, refusals + 1);
  }

  /** Holds for this connection, if there is one, and for each later one. */
  async #subscribePatiently(filter: string): Promise<void> {
    this.#filters.add(filter);
    if (!this.#isLive || !this.#current) return;
    const connection = this.#current;
    await this.#resubscribeOne(connection, filter).catch(() => connection.destroy());
  }

  #tellEnd(end: Error, temporary: boolean, ms: number): void {
    const fields = { err: end, seconds: ms / 1000 };
    const { user, log } = this.#options;
    if (temporary) log.warn(fields, 'The MQTT connection ended, connecting again');
    else
      log.error({ ...fields, user }, 'The MQTT broker refused us: user, password or client id; trying again');
  }

  /** The connection that is up, waiting for one. */
  async #connection(signal: AbortSignal): Promise<Connection> {
    if (this.#error) throw this.#error;
    return abortable(this.#live.promise, signal);
  }

  #refuseAfter(closings: number, topic: string, end: ConnectionEnd): void {
    const enough = this.#options.reconnect ? CLOSINGS_THAT_REFUSE : 1;
    if (closings < enough) {
      if (!this.#options.reconnect) throw end.error;
      return;
    }
    throw new BusError(`PUBLISH ${topic}: the broker closed the connection instead of acknowledging it`, {
      code: 'bus-refused',
      fields: { topic, closings },
      cause: end.error,
    });
  }

  /** Nothing is acknowledged for it. With a next connection to come, ending this one brings the message again. */
  #handlerFailed(error: Error): void {
    this.#options.log.error({ err: error }, 'A message could not be handled; it stays unacknowledged');
    if (this.#options.reconnect) this.#current?.destroy();
  }

  async #within<T>(
    what: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const ms = this.#options.deadlineMs ?? DEADLINE_MS;
    try {
      return await withDeadline(this.#clock, { what, ms, signal }, work);
    } catch (cause) {
      if (!(cause instanceof DeadlineError)) throw cause;
      throw new BusError(cause.message, {
        code: 'bus-timeout',
        temporary: true,
        fields: cause.fields,
        cause,
      });
    }
  }

  #finish(error: Error | undefined): void {
    const aborted: unknown = this.#stop.signal.reason;
    this.#error = error ?? new BusError('This MQTT bus was closed', { code: 'bus-lost', cause: aborted });
    this.#live.reject(this.#error);
    this.#over.resolve(error);
  }
}

function backoff({ firstMs, longestMs }: Backoff, failures: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20));
  return full * (0.5 + Math.random() / 2);
}
