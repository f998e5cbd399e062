import { Queue } from '../../src/base/queue.ts';
import { settlable } from '../../src/base/settlable.ts';
import { type Bus, BusError } from '../../src/bus/bus.ts';
import {
  type Hello,
  type Report,
  type Request,
  type Settings,
  type Topic,
  topics,
} from '../../src/bus/topics.ts';
import type { SyncJob } from '../../src/device/parts.ts';
import type { MailSession } from '../../src/mail/session.ts';
import type { SyncResult } from '../../src/mail/sync/result.ts';
import { NO_FIGURES } from '../../src/mail/sync/tally.ts';
import type { AtChannel } from '../../src/modem/at-channel.ts';
import { ModemError } from '../../src/modem/errors.ts';
import type { Incoming, Modem, Sms } from '../../src/modem/modem.ts';
import type { TriggerKey } from '../../src/trigger/key.ts';

export const DEVICE = 'handheld-1';
export const KEY: TriggerKey = { id: 3, secret: Buffer.alloc(32, 0x11) };
export const SERVER_NUMBER = '+4915100000001';
export const START = Date.UTC(2026, 5, 1);

/** What the edges share: what happened at them, in order, and what stands behind them. */
export interface Outside {
  readonly journal: string[];
  /** The SMS store of the SIM: survives restarts. */
  store: Sms[];
  networkTime: number | undefined;
  readonly server: FakeServer;
}

/** A modem at the edge: what the test delivers comes in; a store as of the SIM, swept like one. */
export class FakeModem implements Modem {
  readonly profile = { name: 'fake', sockets: undefined };
  readonly #outside: Outside;
  readonly #lost = settlable<Error | undefined>();
  readonly closed = this.#lost.promise;
  #incoming = new Queue<Incoming>();

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  get channel(): AtChannel {
    throw new Error('the fake link needs no AT channel');
  }

  incoming() {
    return this.#incoming;
  }

  push(incoming: Incoming): void {
    this.#incoming.push(incoming);
  }

  lose(): void {
    const error = new ModemError('/dev/fake: gone', { code: 'line-closed' });
    this.#lost.resolve(error);
    this.#incoming.end(error);
  }

  async sweep(): Promise<number> {
    this.#outside.journal.push('sweep');
    for (const sms of this.#outside.store) this.push(sms);
    return this.#outside.store.length;
  }

  async hangUp(): Promise<void> {
    this.#outside.journal.push('hang-up');
  }

  async networkTime(): Promise<number | undefined> {
    return this.#outside.networkTime;
  }

  sendSms = () => Promise.reject(new Error('a device sends no SMS'));
  dialData = () => Promise.reject(new Error('the fake link needs no data call'));
  reattach = async () => {};
  reset = async () => {};
  restarted = async () => {};
  ring = () => Promise.reject(new Error('a device rings nobody'));
  registration = async () => ({ registered: true, roaming: false, text: 'registered, home network' });
  signalStrength = async () => -70;
  async [Symbol.asyncDispose](): Promise<void> {
    this.#lost.resolve(undefined);
    this.#incoming.end();
  }
}

/** The message server behind a broker, at the edge of the device. */
export interface FakeServer {
  reachable: boolean;
  /** What a hello is answered with; undefined: silence. */
  answer: (hello: Hello) => Request | undefined;
  /** Lets a publish fail: the connection is lost before the PUBACK. */
  refuses: (topicName: string) => boolean;
  settings: Settings | undefined;
  /** Runs before a PUBACK. */
  beforePuback: () => Promise<void>;
  readonly hellos: Hello[];
  readonly reports: Report[];
  readonly told: Settings[];
  /** Brings a message to the device that is connected now. */
  push: (request: Request) => Promise<void>;
}

export class FakeBus implements Bus {
  readonly #outside: Outside;
  readonly #handlers = new Map<string, (payload: never, name: string) => Promise<void>>();
  readonly #over = settlable<Error | undefined>();
  readonly closed = this.#over.promise;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  async publish<T>(topic: Topic<T>, payload: T, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { server, journal } = this.#outside;
    if (server.refuses(topic.name)) throw new BusError('the connection is gone', { code: 'bus-lost' });
    const shown = topic.payload.parse(payload);
    if (topic.name === topics.hello(DEVICE).name) {
      journal.push('hello');
      server.hellos.push(shown as Hello);
      const request = server.answer(shown as Hello);
      // A message that the device could not store would come again in its next session.
      if (request) void this.bring(topics.request(DEVICE), request).catch(() => {});
    } else if (topic.name === topics.report(DEVICE).name) {
      journal.push('report');
      server.reports.push(shown as Report);
    } else if (topic.name === topics.deviceSettings(DEVICE).name) server.told.push(shown as Settings);
    await server.beforePuback();
  }

  async subscribe<T>(topic: Topic<T>, handle: (payload: T, name: string) => Promise<void>): Promise<void> {
    this.#handlers.set(topic.name, handle as never);
    const { settings } = this.#outside.server;
    if (topic.name === topics.serverSettings(DEVICE).name && settings) void handle(settings as T, topic.name);
  }

  async bring<T>(topic: Topic<T>, payload: T): Promise<void> {
    await Promise.resolve();
    await this.#handlers.get(topic.name)?.(topic.payload.parse(payload) as never, topic.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.resolve(undefined);
  }
}

export function syncRequest(id: string, uidnext: number, expires = START + 86_400_000): Request {
  const targets = [{ mailbox: 'INBOX', uidvalidity: 1, uidnext }];
  return { do: 'sync', request: id, targets, hint: { count: 1, size: 1000 }, expires };
}

/** INBOX reached this UIDNEXT with one new message. */
export function inStep(uidnext: number): SyncResult {
  return {
    mailboxes: [
      {
        mailbox: 'INBOX',
        result: 'ok',
        reached: { uidvalidity: 1, uidnext },
        ...NO_FIGURES,
        fetched: 1,
        fetchedBytes: 1000,
      },
    ],
    cost: { bytesUp: 600, bytesDown: 1400, roundTrips: 1 },
  };
}

export function mailSession(journal: string[]): MailSession {
  const unused = () => Promise.reject(new Error('the fake mailbox is synchronised as a whole'));
  return {
    offers: { condstore: true, qresync: true, uidplus: true, move: true, compress: true },
    select: unused,
    fetchMessages: unused,
    fetchFlags: unused,
    list: unused,
    existing: unused,
    changeFlags: unused,
    expunge: unused,
    marked: unused,
    append: unused,
    transfer: unused,
    create: unused,
    roles: unused,
    logout: async () => {},
    cost: () => ({ bytesUp: 0, bytesDown: 0, roundTrips: 0 }),
    [Symbol.asyncDispose]: async () => {
      journal.push('mail closed');
    },
  };
}

/** A synchronisation that goes on until it is told to stop. */
export function untilAborted({ signal }: SyncJob): Promise<SyncResult> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
