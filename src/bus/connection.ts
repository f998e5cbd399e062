import type { Duplex } from 'node:stream';
import { type IClientOptions, type IPublishPacket, MqttClient } from 'mqtt';
import { type Clock, systemClock } from '../base/clock.ts';
import { asError, codeOf } from '../base/errors.ts';
import { settlable } from '../base/settlable.ts';
import { BusError } from './bus.ts';
import { clockTimer } from './clock-timer.ts';

export interface Credentials {
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
}

/** How a connection ended. */
export interface ConnectionEnd {
  readonly error: BusError;
  /** The broker closed it in good order, as it does after something that it does not allow. */
  readonly byBroker: boolean;
}

/** Takes one message; calls `acknowledge` once it is stored and `next` when another one may come. */
export type Receive = (packet: IPublishPacket, acknowledge: () => void, next: () => void) => void;

/** MQTT 3.1.1 return codes of CONNACK that may pass by themselves (3.2.2.3): the server is unavailable. */
const CONNACK_UNAVAILABLE = 3;
const SUBACK_FAILURE = 0x80;

/** One MQTT connection from CONNECT to its end. It never reconnects. */
export class Connection {
  /** Resolves at a good CONNACK, rejects with BusError. */
  readonly ready: Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<ConnectionEnd>;
  readonly #client: MqttClient;
  readonly #stream: Duplex;
  #lastError: Error | undefined;
  #endedByPeer = false;
  #over = false;

  constructor(
    stream: Duplex,
    who: Credentials & { keepaliveSeconds: number; clock?: Clock },
    receive: Receive,
  ) {
    this.#stream = stream;
    this.#client = new MqttClient(() => stream, clientOptions(who));
    this.#client.handleMessage = (packet, callback) => this.#received(packet, callback, receive);
    const ready = settlable();
    const ended = settlable<ConnectionEnd>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.ready.catch(() => {});
    const onError = (error: Error) => {
      this.#lastError ??= error;
    };
    stream.on('error', onError);
    stream.once('end', () => {
      this.#endedByPeer = true;
    });
    this.#client.on('error', onError);
    this.#client.once('connect', () => ready.resolve());
    this.#client.once('close', () => {
      this.#over = true;
      const error = this.#endError();
      ready.reject(error);
      ended.resolve({ error, byBroker: this.#endedByPeer && this.#lastError === undefined });
    });
  }

  /** Resolves true at the PUBACK, or with how the connection ended before it. */
  publish(topic: string, payload: Buffer, retain: boolean): Promise<true | ConnectionEnd> {
    return this.#answered((done) =>
      this.#client.publish(topic, payload, { qos: 1, retain }, (error) => done(error ?? undefined)),
    );
  }

  /** The same for a SUBACK; rejects with BusError `bus-refused` when the broker refused the filter. */
  subscribe(filter: string): Promise<true | ConnectionEnd> {
    return this.#answered((done) =>
      this.#client.subscribe(filter, { qos: 1 }, (error, _granted, packet) => {
        const refused = packet?.granted.some((code) => (Number(code) & SUBACK_FAILURE) !== 0);
        done(refused ? refusedSubscription(filter) : (error ?? undefined));
      }),
    );
  }

  /** Sends DISCONNECT and ends the stream. Await `ended`; `destroy` if that takes too long. */
  end(): void {
    if (this.#client.connected) this.#client.end(false);
    else this.destroy();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  async #answered(send: (done: (error?: Error) => void) => void): Promise<true | ConnectionEnd> {
    if (this.#over) return { ...(await this.ended), byBroker: false };
    const answer = settlable<true>();
    send((error) => (error ? answer.reject(error) : answer.resolve(true)));
    answer.promise.catch(() => {});
    return Promise.race([
      answer.promise.catch((error: unknown) => {
        if (error instanceof BusError) throw error;
        return this.ended;
      }),
      this.ended,
    ]);
  }

  /**
   * mqtt.js acknowledges when the callback is called without an error, and reads nothing (no PUBACK for what the
   * handler publishes either) until it is called. So it is told at once to go on without a PUBACK, and the PUBACK
   * (MQTT 3.1.1, 3.4) is written here when the handler is through.
   */
  #received(packet: IPublishPacket, callback: (error?: Error) => void, receive: Receive): void {
    const id = packet.messageId;
    const acknowledge = () => {
      if (packet.qos !== 1 || id === undefined || this.#over || this.#stream.destroyed) return;
      this.#stream.write(Buffer.of(0x40, 2, id >> 8, id & 0xff));
    };
    receive(packet, acknowledge, () => callback(new Error('acknowledged by the bus')));
  }

  #endError(): BusError {
    const cause = this.#lastError;
    const returnCode = (cause as { code?: unknown } | undefined)?.code;
    if (typeof returnCode === 'number' && returnCode > 0 && returnCode !== CONNACK_UNAVAILABLE) {
      return new BusError(`MQTT CONNECT as ${this.#client.options.clientId}: refused (${cause?.message})`, {
        code: 'bus-refused',
        fields: { returnCode },
        cause,
      });
    }
    const why = cause ? asError(cause).message : this.#endedByPeer ? 'the broker closed it' : 'closed';
    return new BusError(`MQTT connection as ${this.#client.options.clientId}: lost (${why})`, {
      code: 'bus-lost',
      temporary: true,
      fields: { reason: codeOf(cause) },
      cause,
    });
  }
}

function clientOptions(
  who: Credentials & { keepaliveSeconds: number; clock?: Clock },
): IClientOptions & { timerVariant: ReturnType<typeof clockTimer> } {
  return {
    clientId: who.clientId,
    username: who.user,
    password: who.password,
    clean: false,
    protocolVersion: 4,
    keepalive: who.keepaliveSeconds,
    reconnectPeriod: 0,
    resubscribe: false,
    // Its own timer; ours is the deadline of whoever waits for `ready`.
    connectTimeout: 2 ** 31 - 1,
    timerVariant: clockTimer(who.clock ?? systemClock),
    log: () => {},
  };
}

function refusedSubscription(filter: string): BusError {
  return new BusError(`SUBSCRIBE ${filter}: refused by the broker (SUBACK 128)`, {
    code: 'bus-refused',
    fields: { filter },
  });
}
