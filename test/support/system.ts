import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { onTestFinished, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { Disposables } from '../../src/base/disposables.ts';
import { createLog, silentLog } from '../../src/base/log.ts';
import type { BuiltServer } from '../../src/cli/build/server.ts';
import { type DemoModems, type ModemsOptions, NUMBERS, startModems } from '../../src/cli/demo/modems.ts';
import {
  acceptKeys,
  DEVICE,
  type DeviceTable,
  deviceTable,
  type ServerTable,
  serverTable,
  startDevice,
  startServer,
  USER,
} from '../../src/cli/demo/parts.ts';
import { runInBackground } from '../../src/cli/demo/world.ts';
import { Timeline } from '../../src/cli/timeline.ts';
import type { Device } from '../../src/device/agent.ts';
import type { Policy as DevicePolicy } from '../../src/device/policy.ts';
import type { Policy as ServerPolicy } from '../../src/server/message/policy.ts';
import type { NetworkEvent } from '../../src/simulator/network/events.ts';
import { linesOf, mailsIn } from './on-disk.ts';
import { temporaryDirectory } from './room.ts';
import { SerialTap, tapped } from './serial-tap.ts';

type Table = ReturnType<typeof deviceTable>;

export interface SystemOptions {
  readonly server?: (table: ReturnType<typeof serverTable>) => ServerTable;
  readonly device?: (table: Table) => DeviceTable;
  readonly serverPolicy?: Partial<ServerPolicy>;
  readonly devicePolicy?: Partial<DevicePolicy>;
  readonly serverClock?: Clock;
  readonly deviceClock?: Clock;
  readonly conditions?: ModemsOptions['conditions'];
  readonly modem?: ModemsOptions['modem'];
  /** The modems are on PTYs, for other programs to open. */
  readonly ptys?: boolean;
  /** The serial lines have a DTR wire. */
  readonly dtr?: boolean;
  /** The handheld's modem has a second terminal, which its configuration names as `data_port`. */
  readonly twoTtys?: boolean;
  /** How the handheld is rung. */
  readonly trigger?: 'sms' | 'call';
}

export interface SendOptions {
  readonly to?: string;
  readonly raw?: Buffer;
  /** Of another mail server. */
  readonly port?: number | undefined;
}

/** A ladder that a test does not come to the end of: each rung waits as long, in milliseconds. */
export const patient = (waitMs: number): ServerPolicy['ladder'] => [
  { waitMs },
  ...Array.from({ length: 100 }, () => ({ waitMs })),
];

/** Nothing waits for long, but nothing is instant either. */
const BRISK = { smsLatencyMs: 30, callLatencyMs: 30, registrationMs: 20, rttMs: 4 } as const;
const QUICK_MODEM = { baudRate: Number.POSITIVE_INFINITY, commandLatencyMs: 1, ringIntervalMs: 300 } as const;

/**
 * The whole chain on memory lines, each half built from its configuration as its command does: sender's side of
 * SMTP, network and modems are the edges, and what crossed them is kept. It ends with the test.
 */
export class System {
  readonly directory: string;
  readonly modems: DemoModems;
  readonly options: SystemOptions;
  /** For waiting only; what is asserted is on the disk or crossed an edge. */
  readonly timeline = new Timeline(systemClock, () => {});
  readonly events: NetworkEvent[] = [];
  readonly serial = { server: new SerialTap(), device: new SerialTap(), data: new SerialTap() };
  /** The lines of both logs, as `ringpost server` and `ringpost device` write them to standard error. */
  readonly #logged = { server: [] as string[], device: [] as string[] };
  readonly secret = randomBytes(32).toString('hex');
  server!: BuiltServer;
  device!: Device;
  /** Resolves with the error when the handheld's agent ended by itself. */
  lost!: Promise<Error | undefined>;
  stopServer = async (): Promise<void> => {};
  stopDevice = async (): Promise<void> => {};

  constructor(directory: string, modems: DemoModems, options: SystemOptions) {
    this.directory = directory;
    this.options = options;
    const taps = new Map([
      [modems.ports.server, this.serial.server],
      [modems.ports.device, this.serial.device],
      ...(modems.dataPort ? [[modems.dataPort, this.serial.data] as const] : []),
    ]);
    this.modems = { ...modems, openLine: tapped(modems.openLine, taps) };
    modems.network.onEvent((event) => this.events.push(event));
  }

  async startServer(table = this.serverTable()): Promise<BuiltServer> {
    const owned = new Disposables();
    this.stopServer = once(owned);
    const { serverPolicy: policy, serverClock: clock = systemClock } = this.options;
    const around = { directory: this.directory, modems: this.modems, clock, log: this.#log('server') };
    const observe = this.timeline.observer('server');
    const { signal } = new AbortController();
    this.server = owned.use(
      await startServer({ ...around, observe, ...(policy && { policy }) }, signal, table),
    );
    return this.server;
  }

  /** Starts the handheld's agent on what is on its disk, and waits until it listens unless told not to. */
  async startDevice(listens = true): Promise<void> {
    const owned = new Disposables();
    this.stopDevice = once(owned);
    const since = this.timeline.mark();
    const policy = { settings: { on: true, intervalSeconds: 0 }, ...this.options.devicePolicy };
    const { deviceClock: clock = systemClock } = this.options;
    const around = {
      directory: this.directory,
      modems: this.modems,
      clock,
      log: this.#log('device'),
      policy,
    };
    const observe = this.timeline.observer('device');
    const built = await startDevice({ ...around, observe }, this.deviceTable());
    this.device = built.device;
    this.lost = runInBackground(built, owned);
    if (listens) await this.timeline.expect('listening', { since });
  }

  serverTable(): ServerTable {
    const table = serverTable(this);
    return this.options.server?.(table) ?? table;
  }

  deviceTable(): DeviceTable {
    const table = deviceTable(this, {
      imapPort: this.server.mail?.imapPort ?? 0,
      mqttPort: this.server.broker?.port ?? 0,
      secret: this.secret,
    });
    const { dataPort } = this.modems;
    const withData = dataPort ? { ...table, modem: { ...table.modem, data_port: dataPort } } : table;
    return this.options.device?.(withData) ?? withData;
  }

  /** Sends a mail by SMTP and returns the bytes that were sent. */
  async send(subject: string, options: SendOptions = {}): Promise<Buffer> {
    const { to = USER.address, raw = plainMail(subject), port = this.server.mail?.smtpPort } = options;
    const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true });
    try {
      await transport.sendMail({ envelope: { from: 'grace@example.org', to: [to] }, raw });
    } finally {
      transport.close();
    }
    return raw;
  }

  /** The handheld's INBOX, each message as it was sent. */
  mails(): Promise<string[]> {
    return mailsIn(join(this.directory, 'Mail'));
  }

  /** The same of the user's mailbox at the server. */
  serverMails(user: string = USER.name): Promise<string[]> {
    return mailsIn(join(this.directory, 'server', 'mail', user));
  }

  /** Waits until this mail is in the handheld's Maildir once, behind the server's trace fields, byte for byte. */
  async arrives(sent: Buffer): Promise<void> {
    await this.until(async () => {
      const found = (await this.mails()).filter((mail) => mail.endsWith(sent.toString('latin1')));
      if (found.length !== 1) throw new Error(`the mail is ${found.length} times in the handheld's Maildir`);
    });
  }

  /** Waits until the session is over that began after `since`, and the SMS store was swept. */
  async sessionOver(since: number): Promise<void> {
    const closed = await this.timeline.expect('closed', { since });
    await this.timeline.expect('swept', { since: this.timeline.steps.indexOf(closed) });
  }

  /** The message server's log of synchronisations. */
  async sessions(): Promise<Record<string, unknown>[]> {
    return linesOf(join(this.directory, 'server', 'devices', 'sessions.jsonl'));
  }

  /** Events of these kinds, in their order. */
  happened(...kinds: NetworkEvent['kind'][]): NetworkEvent[] {
    return this.events.filter(({ kind }) => kinds.includes(kind));
  }

  #log(half: 'server' | 'device') {
    return createLog('info', { write: (line: string) => void this.#logged[half].push(line) });
  }

  /** What a half logged so far. */
  logged(half: 'server' | 'device'): Record<string, unknown>[] {
    return this.#logged[half].map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async until(check: () => unknown): Promise<void> {
    await vi.waitFor(check, { timeout: 15_000, interval: 10 });
  }
}

/** All parts up, the handheld in the address book and listening. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const system = await layOut(options);
  await system.startServer();
  await enrol(system);
  await system.startDevice();
  return system;
}

/** Network and modems only; the halves are the test's to start. */
export async function layOut(options: SystemOptions = {}): Promise<System> {
  const directory = await temporaryDirectory();
  const modems = await startModems({
    clock: systemClock,
    log: silentLog,
    inMemory: !options.ptys,
    dtr: options.dtr ?? false,
    twoTtys: options.twoTtys ?? false,
    conditions: { ...BRISK, ...options.conditions },
    modem: { ...QUICK_MODEM, ...options.modem },
  });
  const system = new System(directory, modems, options);
  onTestFinished(async () => {
    await system.stopDevice();
    await system.stopServer();
    await modems[Symbol.asyncDispose]();
  });
  return system;
}

/** The handheld's first day: its number and key in the address book, its replay counters started. */
export async function enrol(system: System): Promise<void> {
  const { secret } = system;
  const trigger = system.options.trigger ?? 'sms';
  await system.server.addressBook.add({
    device: DEVICE,
    number: NUMBERS.device,
    trigger,
    key: { id: 1, secret },
  });
  await acceptKeys(system.deviceTable());
}

export function plainMail(subject: string): Buffer {
  const head = `From: Grace <grace@example.org>\r\nTo: ${USER.address}\r\nSubject: ${subject}\r\n`;
  return Buffer.from(
    `${head}Message-ID: <${randomBytes(8).toString('hex')}@example.org>\r\n\r\n${subject}.\r\n`,
  );
}

function once(owned: Disposables): () => Promise<void> {
  let disposed: Promise<void> | undefined;
  return () => (disposed ??= owned[Symbol.asyncDispose]());
}
