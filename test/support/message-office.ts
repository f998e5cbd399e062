import { onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import type { Step, StepName } from '../../src/base/steps.ts';
import type { BusUser } from '../../src/bus/access.ts';
import type { Bus } from '../../src/bus/bus.ts';
import {
  type Cause,
  type Report,
  type Request,
  type Settings,
  type SyncRequest,
  type Target,
  type Trigger,
  topics,
} from '../../src/bus/topics.ts';
import type { RingOutcome } from '../../src/modem/modem.ts';
import type { SmsGateway } from '../../src/server/gateways/gateway.ts';
import { type AddressBook, type NewContact, openAddressBook } from '../../src/server/message/address-book.ts';
import { type MessageServer, startMessageServer } from '../../src/server/message/message-server.ts';
import type { Policy } from '../../src/server/message/policy.ts';
import { findTokens } from '../../src/trigger/token.ts';
import { MemoryBroker } from './memory-bus.ts';
import { MemoryFiles } from './memory-files.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NUMBER = '+4915112345678';
export const SECRET = 'a5'.repeat(32);
export const CABIN: NewContact = { device: 'cabin-1', number: NUMBER, key: { id: 1, secret: SECRET } };

const DEVICE: BusUser = { name: 'cabin-1', role: 'device' };
const MAIL: BusUser = { name: 'mail', role: 'mail-server' };
const MESSAGE: BusUser = { name: 'message', role: 'message-server' };

/** A gateway at the edge: what the cellular network took, and what it answers. */
export class Network implements SmsGateway {
  readonly name: string;
  readonly texts: { number: string; text: string; at: number }[] = [];
  readonly calls: { number: string; at: number }[] = [];
  outcome: RingOutcome = 'rang';
  /** Called before the network takes anything; throw in it to refuse. */
  before: () => Promise<void> = async () => {};
  readonly #clock: SimulatedClock;

  constructor(name: string, clock: SimulatedClock) {
    this.name = name;
    this.#clock = clock;
  }

  async sendSms(number: string, text: string): Promise<void> {
    await this.before();
    this.texts.push({ number, text, at: this.#clock.now() });
  }

  async ring(number: string): Promise<RingOutcome> {
    await this.before();
    this.calls.push({ number, at: this.#clock.now() });
    return this.outcome;
  }

  /** The counters of the tokens that were sent. */
  get counters(): number[] {
    return this.texts.map(({ text }) => {
      const [candidate] = findTokens(text);
      return candidate && 'token' in candidate ? candidate.token.counter : Number.NaN;
    });
  }
}

/** A message server with one device in its address book, a broker and a disk in memory, on simulated time. */
export class Office {
  readonly clock: SimulatedClock;
  readonly broker: MemoryBroker;
  readonly files: MemoryFiles;
  readonly network: Network;
  readonly policy: Partial<Policy>;
  readonly steps: Step[] = [];
  server!: MessageServer;
  addressBook!: AddressBook;
  mail!: Bus;
  device!: Bus;
  /** What the device received. */
  readonly requests: Request[] = [];
  readonly serverSettings: Settings[] = [];
  #events = 0;

  private constructor(parts: { clock: SimulatedClock; files: MemoryFiles; policy: Partial<Policy> }) {
    this.clock = parts.clock;
    this.files = parts.files;
    this.policy = parts.policy;
    this.broker = new MemoryBroker();
    this.network = new Network('modem', this.clock);
  }

  static async open(
    parts: {
      clock?: SimulatedClock;
      files?: MemoryFiles;
      policy?: Partial<Policy>;
      contact?: NewContact;
    } = {},
    gateways: (office: Office) => SmsGateway[] = (office) => [office.network],
  ): Promise<Office> {
    const office = new Office({
      clock: parts.clock ?? new SimulatedClock(),
      files: parts.files ?? new MemoryFiles(),
      policy: { jitter: 0, ...parts.policy },
    });
    office.mail = office.broker.connect(MAIL);
    office.device = office.broker.connect(DEVICE);
    await office.device.subscribe(topics.request('cabin-1'), async (request) => {
      office.requests.push(request);
    });
    await office.device.subscribe(topics.serverSettings('cabin-1'), async (settings) => {
      office.serverSettings.push(settings);
    });
    const addressBook = await openAddressBook('/state/address-book.json', office.files);
    office.addressBook = addressBook;
    if (!addressBook.find('cabin-1')) await addressBook.add(parts.contact ?? CABIN);
    office.server = await startMessageServer({
      bus: office.broker.connect(MESSAGE),
      stateDirectory: '/state',
      addressBook,
      gateways: gateways(office),
      policy: office.policy,
      clock: office.clock,
      files: office.files,
      log: silentLog,
      observe: (step) => office.steps.push(step),
    });
    onTestFinished(() => office.server[Symbol.asyncDispose]());
    return office;
  }

  /** The process dies now; another one starts over what is on the disk. */
  crash(): Promise<Office> {
    const { clock, policy } = this;
    return Office.open({ clock, policy, files: this.files.copy() });
  }

  /** Lets what was started run, without time passing. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  /** New mail: a first trigger. Returns it. */
  async arrive(uidnext: number, more: Partial<Trigger> = {}): Promise<Trigger> {
    this.#events += 1;
    const trigger = {
      event: `event-${this.#events}-${uidnext}`,
      device: 'cabin-1',
      mailbox: 'INBOX',
      uidvalidity: 7,
      uidnext,
      count: 1,
      size: 1000,
      ...more,
    };
    await this.mail.publish(topics.trigger, trigger);
    await this.settle();
    return trigger;
  }

  async hello(cause: Cause, counter = 0): Promise<Request | undefined> {
    await this.device.publish(topics.hello('cabin-1'), { cause, counter, settings: 0 });
    await this.settle();
    return this.requests.at(-1);
  }

  async report(uidnext: number | undefined, more: Partial<Report> = {}): Promise<void> {
    const reached: Target[] = uidnext === undefined ? [] : [{ mailbox: 'INBOX', uidvalidity: 7, uidnext }];
    const last = this.requests.at(-1)?.request;
    await this.device.publish(topics.report('cabin-1'), {
      ...(last === undefined ? {} : { request: last }),
      reached,
      result: 'ok',
      cause: 'sms',
      cost: { seconds: 12, bytesUp: 900, bytesDown: 5000, roundTrips: 4 },
      at: this.clock.now(),
      ...more,
    });
    await this.settle();
  }

  /** The device triggered, synchronised and reported. */
  async session(uidnext: number): Promise<void> {
    await this.hello('sms');
    await this.report(uidnext);
  }

  get syncRequests(): SyncRequest[] {
    return this.requests.filter((request): request is SyncRequest => request.do === 'sync');
  }

  get acks(): unknown[] {
    return this.broker.on('ringpost/trigger/ack');
  }

  named(...names: StepName[]): StepName[] {
    return this.steps.map(({ name }) => name).filter((name) => names.length === 0 || names.includes(name));
  }

  inject(topic: string, bytes: Buffer, as: BusUser = DEVICE): Promise<void> {
    this.broker.inject(as, topic, bytes);
    return this.settle();
  }
}
