import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../../base/clock.ts';
import { asError, codeOf, RingpostError } from '../../base/errors.ts';
import { type Files, nodeFiles } from '../../base/files.ts';
import type { Log } from '../../base/log.ts';
import { started } from '../../base/started.ts';
import { type Observe, unobserved } from '../../base/steps.ts';
import type { Bus } from '../../bus/bus.ts';
import type { EffectiveSettings } from '../../bus/settings.ts';
import { deviceOf, type SettingsChange, type Trigger, topics } from '../../bus/topics.ts';
import type { SmsGateway } from '../gateways/gateway.ts';
import { type AddressBook, type Contact, isReachedAnew } from './address-book.ts';
import type { Context } from './context.ts';
import { effective } from './decide.ts';
import type { DeviceDesk } from './desk.ts';
import { Desks } from './desks.ts';
import { DueList } from './due-list.ts';
import { MessageServerError } from './errors.ts';
import { switchKey } from './keys.ts';
import { defaultPolicy, type Policy } from './policy.ts';
import type { DeviceState, Owed } from './state.ts';

export interface MessageServerOptions {
  readonly bus: Bus;
  /** One process owns it. */
  readonly stateDirectory: string;
  readonly addressBook: AddressBook;
  /** In the order of preference. */
  readonly gateways: readonly SmsGateway[];
  readonly policy?: Partial<Policy>;
  readonly clock?: Clock;
  readonly files?: Files;
  readonly log: Log;
  readonly observe?: Observe;
}

/** What is known about one device. Times are milliseconds since 1970. */
export interface DeviceStatus {
  readonly settings: EffectiveSettings;
  readonly lastSync: number | null;
  readonly owed: readonly Owed[];
  /** Whether a trigger was sent and its report is awaited. */
  readonly awaitsReport: boolean;
  /** Whether it answered no trigger up to the ladder's end, and is left alone until it comes or new mail arrives. */
  readonly gaveUp: boolean;
}

/** Disposing stops it; what is owed is on the disk. */
export interface MessageServer extends AsyncDisposable {
  /** Changes a device's settings at the server. Throws MessageServerError `unknown-device`. */
  setSettings(device: string, change: { on?: boolean; intervalSeconds?: number }): Promise<EffectiveSettings>;
  /** Throws MessageServerError `unknown-device`. */
  status(device: string): Promise<DeviceStatus>;
}

/**
 * Starts the message server on a bus that is connected. It resolves once every topic is subscribed; what is stored is
 * scheduled meanwhile, however many devices there are. Triggers, hellos, reports and settings are stored durably before they are acknowledged.
 */
export async function startMessageServer(
  options: MessageServerOptions,
  signal?: AbortSignal,
): Promise<MessageServer> {
  signal?.throwIfAborted();
  const server = new Server(options);
  signal?.addEventListener('abort', () => server.stop(), { once: true });
  return started(server);
}

class Server implements MessageServer {
  readonly #context: Context;
  readonly #desks: Desks;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: MessageServerOptions) {
    // Everything that is under way listens to it: no leak, however many that are.
    setMaxListeners(0, this.#stop.signal);
    const clock = options.clock ?? systemClock;
    const due = new DueList(clock, (device) =>
      this.#background(`the due work of ${device}`, () => this.#due(device)),
    );
    this.#context = {
      bus: options.bus,
      addressBook: options.addressBook,
      gateways: options.gateways,
      stateDirectory: options.stateDirectory,
      policy: { ...defaultPolicy, ...options.policy },
      clock,
      files: options.files ?? nodeFiles,
      log: options.log,
      observe: options.observe ?? unobserved,
      due,
      told: new Set(),
      background: (what, work) => this.#background(what, work),
    };
    this.#desks = new Desks(this.#context);
  }

  async start(): Promise<void> {
    this.#background('scheduling what is owed', (signal) => this.#desks.restore(signal));
    this.#background('the due-list', (signal) => this.#context.due.run(signal));
    const { bus, addressBook } = this.#context;
    const { signal } = this.#stop;
    const end = addressBook.onAdded((contact, before) => this.#added(contact, before));
    signal.addEventListener('abort', end, { once: true });
    await bus.subscribe(topics.trigger, (trigger) => this.#triggered(trigger), signal);
    await bus.subscribe(topics.settingsChange, (change) => this.#changedAtMail(change), signal);
    await bus.subscribe(
      topics.hello('+'),
      (hello, topic) =>
        this.#at(topic, async (desk) => {
          await this.#switchKey(desk.device, hello.key);
          await desk.hello(hello);
        }),
      signal,
    );
    await bus.subscribe(
      topics.report('+'),
      (report, topic) => this.#at(topic, (desk) => desk.reported(report)),
      signal,
    );
    await bus.subscribe(
      topics.deviceSettings('+'),
      (settings, topic) => this.#at(topic, (desk) => desk.deviceSettings(settings)),
      signal,
    );
  }

  async setSettings(
    device: string,
    change: { on?: boolean; intervalSeconds?: number },
  ): Promise<EffectiveSettings> {
    this.#mustKnow(device);
    return this.#desks.use(device, (desk) => desk.setSettings(change));
  }

  async status(device: string): Promise<DeviceStatus> {
    this.#mustKnow(device);
    return this.#desks.use(device, async ({ state }) => statusOf(state));
  }

  stop(): void {
    this.#stop.abort(new MessageServerError('The message server was stopped', { code: 'closed' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.allSettled(this.#running);
  }

  /** Look up, store, acknowledge, act. An unknown id is refused and logged; nothing is stored or sent (R6). */
  async #triggered(trigger: Trigger): Promise<void> {
    this.#stop.signal.throwIfAborted();
    const { event, device } = trigger;
    const contact = this.#context.addressBook.find(device);
    if (!contact) {
      const text = `Refused a trigger for ${device}: not in the address book`;
      this.#context.log.warn({ device, event }, text);
      this.#context.observe({ name: 'refused', text, fields: { device, event } });
      return this.#acknowledge(event, 'unknown device id');
    }
    await this.#handled(device, async (desk) =>
      this.#acknowledge(event, await desk.triggered(trigger, contact)),
    );
  }

  /** A mail server speaks for any device of the address book: the broker cannot know which are its own. */
  async #changedAtMail(change: SettingsChange): Promise<void> {
    this.#stop.signal.throwIfAborted();
    const { device, event } = change;
    if (this.#context.addressBook.find(device)) {
      return this.#handled(device, (desk) => desk.changedAtMail(change));
    }
    this.#context.log.warn(
      { device, event },
      'Refused settings for a device that is not in the address book',
    );
    this.#background('refusing settings', (signal) =>
      this.#context.bus.publish(topics.effective, { device, event, refused: 'unknown device id' }, signal),
    );
  }

  /** What cannot be done now, as on a full disk, is due again: nothing is forgotten for it. */
  async #due(device: string): Promise<void> {
    try {
      await this.#desks.use(device, (desk) => desk.due());
    } catch (error) {
      const { due, clock, policy } = this.#context;
      if (codeOf(error) !== 'broken-document') due.set(device, clock.now() + policy.gatewayRetryMs);
      throw error;
    }
  }

  #added(contact: Contact, before: Contact | undefined): void {
    if (!isReachedAnew(contact, before)) return;
    this.#background('trying the new way to a device', () =>
      this.#desks.use(contact.device, (desk) => desk.newWay()),
    );
  }

  #acknowledge(event: string, refused?: string): void {
    const ack = refused === undefined ? { event } : { event, refused };
    this.#background('acknowledging a trigger', (signal) =>
      this.#context.bus.publish(topics.triggerAck, ack, signal),
    );
  }

  /** An event of a device's own subtree. Devices that are not in the address book are logged and left alone. */
  async #at(topicName: string, work: (desk: DeviceDesk) => Promise<void>): Promise<void> {
    this.#stop.signal.throwIfAborted();
    const device = deviceOf(topicName);
    if (device && this.#context.addressBook.find(device)) return this.#handled(device, work);
    this.#context.log.warn(
      { topic: topicName },
      'Ignored a message of a device that is not in the address book',
    );
  }

  /** What a retry would not mend is logged and acknowledged; else the message stays, and comes again. */
  async #handled(device: string, work: (desk: DeviceDesk) => Promise<void>): Promise<void> {
    try {
      await this.#desks.use(device, work);
    } catch (error) {
      if (!(error instanceof RingpostError) || error.temporary || codeOf(error) === 'closed') throw error;
      this.#context.log.error({ device, err: error }, 'An event of this device could not be taken');
    }
  }

  async #switchKey(device: string, held: number | undefined): Promise<void> {
    if (!(await switchKey(this.#context.addressBook, device, held))) return;
    this.#context.log.info(
      { device, key: held },
      'The device has its next key, and the earlier one is forgotten',
    );
  }

  #mustKnow(device: string): void {
    if (this.#context.addressBook.find(device)) return;
    throw new MessageServerError(`${device}: not in the address book`, {
      code: 'unknown-device',
      fields: { device },
    });
  }

  #background(what: string, work: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#stop;
    const running = work(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#context.log.error({ err: asError(error) }, `Failed: ${what}`);
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }
}

const AWAITING: readonly unknown[] = ['sending', 'sent', 'session'];

function statusOf(state: DeviceState): DeviceStatus {
  const phase = state.outstanding?.phase;
  return {
    settings: effective(state),
    lastSync: state.lastSync,
    owed: state.owed,
    awaitsReport: AWAITING.includes(phase),
    gaveUp: phase === 'exhausted' || phase === 'renewed',
  };
}
