import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { type Files, type FileWriter, nodeFiles } from '../../src/base/files.ts';
import { silentLog } from '../../src/base/log.ts';
import { settlable } from '../../src/base/settlable.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import type { Step, StepName } from '../../src/base/steps.ts';
import type { Bus } from '../../src/bus/bus.ts';
import { topics } from '../../src/bus/topics.ts';
import { type Device, openDevice } from '../../src/device/agent.ts';
import type { DeviceParts, MailParts, Radio, SyncJob } from '../../src/device/parts.ts';
import { defaultPolicy, type Policy } from '../../src/device/policy.ts';
import { type Link, LinkError } from '../../src/link/link.ts';
import { ownNetwork } from '../../src/link/own-network.ts';
import type { SyncResult } from '../../src/mail/sync/result.ts';
import type { Sms } from '../../src/modem/modem.ts';
import { createReplayGuard, openReplayGuard } from '../../src/trigger/guard.ts';
import { sealTrigger } from '../../src/trigger/seal.ts';
import {
  DEVICE,
  FakeBus,
  FakeModem,
  type FakeServer,
  inStep,
  KEY,
  mailSession,
  type Outside,
  SERVER_NUMBER,
  START,
  syncRequest,
} from './device-edge.ts';
import { temporaryDirectory } from './room.ts';

export interface WorldOptions {
  readonly policy?: Partial<Policy>;
  readonly callers?: readonly string[];
  readonly country?: string;
}

/** All that surrounds one device, and what happened at its edges in order. */
export class World implements Outside {
  readonly clock = new SimulatedClock(START);
  readonly journal: string[] = [];
  readonly steps: Step[] = [];
  /** The SMS store of the SIM: survives restarts. */
  store: Sms[] = [];
  networkTime: number | undefined;
  linkFails: Error | undefined;
  /** A real message server instead of the one at the edge. */
  realBus: ((signal: AbortSignal) => Promise<Bus>) | undefined;
  /** How a synchronisation goes. */
  synchronise: (job: SyncJob) => Promise<SyncResult>;
  /** How mail is submitted; undefined: nothing is configured. */
  outbox: MailParts['outbox'];
  readonly jobs: SyncJob[] = [];
  /** Called before each change on the disk; may throw, as the disk does in a power cut. */
  onDisk: (operation: string) => void = () => {};
  readonly server: FakeServer;
  modem: FakeModem;
  readonly directory: string;
  readonly options: WorldOptions;
  #bus: FakeBus | undefined;
  #counter = 0;

  constructor(directory: string, options: WorldOptions) {
    this.directory = directory;
    this.options = options;
    this.modem = new FakeModem(this);
    this.synchronise = async () => inStep(5);
    this.server = {
      reachable: true,
      answer: () => syncRequest('r1', 5),
      refuses: () => false,
      settings: undefined,
      beforePuback: async () => {},
      hellos: [],
      reports: [],
      told: [],
      push: async (request) => this.#bus?.bring(topics.request(DEVICE), request),
    };
  }

  get links(): number {
    return this.count('link up');
  }

  count(entry: string): number {
    return this.journal.filter((one) => one === entry).length;
  }

  texts(name: StepName): string[] {
    return this.steps.filter((step) => step.name === name).map(({ text }) => text);
  }

  radio(): Radio {
    const { modem } = this;
    return {
      modem,
      openLink: (signal) => this.openLink(signal),
      [Symbol.asyncDispose]: () => modem[Symbol.asyncDispose](),
    };
  }

  async openLink(signal: AbortSignal): Promise<Link> {
    signal.throwIfAborted();
    if (this.linkFails) throw this.linkFails;
    this.journal.push('link up');
    const closed = settlable<Error | undefined>();
    return {
      closed: closed.promise,
      connect: () => {
        throw new LinkError('the fake link carries no bytes', { code: 'connect-refused' });
      },
      cost: () => ({ bytesUp: 700, bytesDown: 1500, milliseconds: 0 }),
      [Symbol.asyncDispose]: async () => {
        this.journal.push('link down');
        closed.resolve(undefined);
      },
    };
  }

  async connectBus(signal: AbortSignal): Promise<Bus> {
    signal.throwIfAborted();
    if (!this.server.reachable)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    this.journal.push('bus up');
    this.#bus = new FakeBus(this);
    return this.#bus;
  }

  /** A text arrives: in the store first, then told as +CMTI. */
  sms(text: string, from = SERVER_NUMBER): Sms {
    const sms: Sms = {
      kind: 'sms',
      from,
      text,
      sentAt: this.clock.now(),
      done: async () => {
        this.journal.push('sms deleted');
        this.store = this.store.filter((one) => one !== sms);
      },
    };
    this.store.push(sms);
    this.modem.push(sms);
    return sms;
  }

  /** The server's next trigger as text. */
  trigger(): string {
    this.#counter += 1;
    return sealTrigger(KEY, DEVICE, this.#counter);
  }

  call(from: string | undefined): void {
    this.modem.push({ kind: 'call', from });
  }

  /** Opens the device on what is on the disk and serves it until the test ends or `stop` is called. */
  async boot(): Promise<{ device: Device; stop(): Promise<void>; ended: Promise<unknown> }> {
    const stopping = new AbortController();
    const device = await openDevice(await this.parts());
    const ended = device.serve(this.radio(), stopping.signal).catch((error: unknown) => error);
    const stop = async () => {
      stopping.abort(new Error('the test stops the device'));
      await ended;
    };
    onTestFinished(stop);
    await this.until(() => this.steps.some(({ name }) => name === 'listening'));
    return { device, stop, ended };
  }

  /** The power comes back: a new modem over the same SIM, which sweeps its store at start. */
  async reboot() {
    this.modem = new FakeModem(this);
    this.steps.length = 0;
    for (const sms of this.store) this.modem.push(sms);
    return this.boot();
  }

  async parts(): Promise<DeviceParts> {
    const files = this.#files();
    const counters = join(this.directory, 'counters.json');
    const guard = await openReplayGuard(counters, files).catch(() => createReplayGuard(counters, files));
    return {
      device: DEVICE,
      keys: [KEY],
      guard,
      callers: this.options.callers ?? [],
      country: this.options.country,
      mail: {
        open: async () => {
          this.journal.push('mail open');
          return mailSession(this.journal);
        },
        synchronise: async (job) => {
          this.journal.push('synchronise');
          this.jobs.push(job);
          return this.synchronise(job);
        },
        outbox:
          this.outbox &&
          (async (link, signal) => {
            this.journal.push('submit');
            return this.outbox!(link, signal);
          }),
      },
      connectBus: (_link, signal) => (this.realBus ?? ((s) => this.connectBus(s)))(signal),
      openOwnNetwork: ownNetwork(this.clock),
      state: join(this.directory, 'state'),
      clock: this.clock,
      log: silentLog,
      observe: (step) => this.steps.push(step),
      policy: { ...defaultPolicy, retryMs: [], ...this.options.policy },
      files,
    };
  }

  /** Real files are slower than simulated time: waits for what the device will do without any time passing. */
  async until(condition: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (condition()) return;
        throw new Error(
          `not yet; so far:\n${this.journal.join('\n')}\n${this.steps.map((s) => s.text).join('\n')}`,
        );
      },
      { timeout: 10_000, interval: 2 },
    );
  }

  /** After the n-th session was closed and the store was swept. */
  async sessions(count: number): Promise<void> {
    await this.until(() => this.steps.filter(({ name }) => name === 'swept').length >= count);
  }

  /** What was started has time to go wrong. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #files(): Files {
    const note = (operation: string, path: string) => {
      const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[0-9a-f]{8}\.tmp$/, '');
      this.onDisk(`${operation} ${name}`);
      this.journal.push(`${operation} ${name}`);
    };
    // Whether a file was synced is the business of test/base; here only the order of changes counts, and speed.
    const unsynced = (writer: FileWriter): FileWriter => ({
      write: (chunk) => writer.write(chunk),
      sync: async () => {},
      close: () => writer.close(),
    });
    return {
      ...nodeFiles,
      create: async (path) => unsynced(await nodeFiles.create(path)),
      append: async (path) => {
        note('append', path);
        return unsynced(await nodeFiles.append(path));
      },
      rename: async (from, to) => {
        note('store', to);
        await nodeFiles.rename(from, to);
      },
      syncDirectory: async () => {},
    };
  }
}

export async function world(options: WorldOptions = {}): Promise<World> {
  return new World(await temporaryDirectory(), options);
}
