import { silentLog } from '../../../../src/base/log.ts';
import { SimulatedClock } from '../../../../src/base/simulated-clock.ts';
import { deviceOf, type Request, type TriggerAck } from '../../../../src/bus/topics.ts';
import { cappedGateway } from '../../../../src/server/gateways/capped-gateway.ts';
import { type AddressBook, openAddressBook } from '../../../../src/server/message/address-book.ts';
import { type MessageServer, startMessageServer } from '../../../../src/server/message/message-server.ts';
import { defaultPolicy, type Policy } from '../../../../src/server/message/policy.ts';
import { HOUR, MINUTE, SECRET } from '../../../support/message-office.ts';
import { DayGateway } from './gateways.ts';
import { Handheld } from './handheld.ts';
import { Rules } from './rules.ts';
import { DayBus, DayFiles } from './server-side.ts';

export const POLICY: Policy = {
  ...defaultPolicy,
  ladder: [{ waitMs: 1.5 * MINUTE }, { waitMs: 5 * MINUTE }, { waitMs: 20 * MINUTE }, { waitMs: HOUR }],
  perHour: 4,
  perDay: 12,
  perMonth: 14,
};

/** In the evening: the caps of that day are used up before midnight. */
export const START = Date.UTC(2026, 0, 1, 18);

/** Devices, their mailboxes, gateways and a message server that is killed now and then, all on simulated time. */
export class World {
  readonly clock = new SimulatedClock(START);
  readonly random: () => number;
  readonly handhelds: Handheld[];
  files = new DayFiles();
  bus!: DayBus;
  server!: MessageServer;
  gateways: DayGateway[] = [];
  calls = 0;
  failures = 0;
  #book!: AddressBook;
  readonly #agenda = new Map<number, (() => void)[]>();
  readonly #byDevice: Map<string, Handheld>;
  readonly #down: (gateway: string, hour: number) => boolean;

  constructor(devices: number, random: () => number, down: (gateway: string, hour: number) => boolean) {
    this.random = random;
    this.#down = down;
    this.handhelds = Array.from({ length: devices }, (_, index) => {
      const device = `pocket-${index}`;
      return new Handheld(device, new Rules(device, POLICY), this);
    });
    this.#byDevice = new Map(this.handhelds.map((handheld) => [handheld.device, handheld]));
  }

  /** Hours since the start. */
  get hour(): number {
    return (this.clock.now() - START) / HOUR;
  }

  /** Starts the message server over what is on the disk. `cap`: what each gateway may send a day. */
  async start(cap: number): Promise<void> {
    if (this.files.content.size === 0) this.#writeBook();
    this.bus = new DayBus((topic, payload) => this.#published(topic, payload));
    this.#book = await openAddressBook('/state/address-book.json', this.files);
    this.gateways = ['api', 'spare'].map((name) => this.#gateway(name));
    const around = { clock: this.clock, log: silentLog, files: this.files };
    this.server = await startMessageServer({
      bus: this.bus,
      stateDirectory: '/state',
      addressBook: this.#book,
      gateways: await Promise.all(
        this.gateways.map((one) =>
          cappedGateway(one, { cost: 1, perDay: cap }, { ...around, state: `/gateways/${one.name}` }),
        ),
      ),
      policy: POLICY,
      ...around,
    });
    for (const handheld of this.handhelds) handheld.resend();
  }

  /** The process dies now, in the middle of whatever it does. */
  kill(): void {
    this.files = this.files.afterCrash();
    this.bus.cut();
    for (const gateway of this.gateways) {
      gateway.die();
      this.calls += gateway.calls;
      this.failures += gateway.failures;
    }
    void this.server[Symbol.asyncDispose]();
  }

  /** Does something at this time, or soon after. */
  at(time: number, work: () => void): void {
    const second = Math.ceil(Math.max(time, this.clock.now() + 1) / STEP);
    const there = this.#agenda.get(second);
    if (there) there.push(work);
    else this.#agenda.set(second, [work]);
  }

  async run(hours: number): Promise<void> {
    const end = START + hours * HOUR;
    while (this.clock.now() < end) {
      const step = Math.floor(this.clock.now() / STEP);
      const due = this.#agenda.get(step) ?? [];
      this.#agenda.delete(step);
      for (const work of due) work();
      await this.clock.advance((step + 1) * STEP - this.clock.now());
    }
  }

  /** The phase of the device's outstanding trigger, as it is on the disk. */
  phase(device: string): string | undefined {
    const content = this.files.content.get(`/state/devices/${device}.json`);
    return content && JSON.parse(content.toString('utf8')).outstanding?.phase;
  }

  #published(topic: string, payload: unknown): void {
    const now = this.clock.now();
    if (topic === 'ringpost/trigger/ack') {
      const { event } = payload as TriggerAck;
      this.#byDevice.get(event.split('.')[0] ?? '')?.acknowledged(event, now);
    } else if (topic.endsWith('/request')) {
      this.#byDevice.get(deviceOf(topic) ?? '')?.requested(payload as Request, now);
    }
  }

  #gateway(name: string): DayGateway {
    return new DayGateway(name, this.clock, {
      random: this.random,
      down: () => this.#down(name, this.hour),
      find: (number) => this.handhelds[Number(number.slice(4))] as Handheld,
    });
  }

  #writeBook(): void {
    const contacts = this.handhelds.map(({ device }, index) => {
      const number = `+491${String(index).padStart(8, '0')}`;
      return [device, { device, number, key: { id: 1, secret: SECRET } }];
    });
    const book = JSON.stringify({ contacts: Object.fromEntries(contacts) });
    this.files.content.set('/state/address-book.json', Buffer.from(book));
  }
}

/** Of the agenda, milliseconds. */
const STEP = 10_000;
