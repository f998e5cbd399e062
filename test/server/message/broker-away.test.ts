import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLog, silentLog } from '../../../src/base/log.ts';
import { type Broker, startBroker } from '../../../src/bus/broker.ts';
import type { Bus } from '../../../src/bus/bus.ts';
import { type Request, topics } from '../../../src/bus/topics.ts';
import { openAddressBook } from '../../../src/server/message/address-book.ts';
import { type MessageServer, startMessageServer } from '../../../src/server/message/message-server.ts';
import { startTriggerAgent, type TriggerAgent } from '../../../src/server/trigger-agent.ts';
import { broker, join as joinBus, RECONNECT, USERS } from '../../support/bus.ts';
import { CABIN } from '../../support/message-office.ts';
import { quickClock } from '../../support/quick-clock.ts';
import { temporaryDirectory } from '../../support/room.ts';

/** As long as it takes on a busy machine; what is waited for is an event. */
const PATIENCE = { timeout: 15_000, interval: 20 };
/** Minutes of patience between the servers pass in seconds. */
const clock = quickClock(60);

/** Mail server and message server apart, over a broker that the test takes away and brings back without its sessions. */
class Apart {
  readonly texts: string[] = [];
  readonly logged: { msg: string; err?: { code: string } }[] = [];
  /** Called when the gateway is. */
  onText: () => Promise<void> = async () => {};
  server!: MessageServer;
  agent!: TriggerAgent;
  bus!: Bus;
  #broker!: Broker;
  #directory!: string;
  #mails = 4;
  readonly #log = createLog('info', { write: (line: string) => this.logged.push(JSON.parse(line)) });

  static async open(): Promise<Apart> {
    const apart = new Apart();
    apart.#directory = await temporaryDirectory();
    apart.#broker = await broker();
    await apart.startServer();
    apart.agent = await startTriggerAgent({
      bus: await joinBus(apart.url, 'mail', { reconnect: RECONNECT, clock }),
      stateDirectory: join(apart.#directory, 'mail'),
      clock,
      log: silentLog,
    });
    onTestFinished(() => apart.agent[Symbol.asyncDispose]());
    return apart;
  }

  get url(): string {
    return this.#broker.url;
  }

  async startServer(): Promise<void> {
    const addressBook = await openAddressBook(join(this.#directory, 'address-book.json'));
    await addressBook.add(CABIN);
    this.bus = await joinBus(this.url, 'message', { reconnect: RECONNECT, clock, log: this.#log });
    const sendSms = async (_number: string, text: string) => {
      await this.onText();
      this.texts.push(text);
    };
    const server = await startMessageServer({
      bus: this.bus,
      stateDirectory: join(this.#directory, 'message'),
      addressBook,
      gateways: [{ name: 'modem', sendSms }],
      // Nothing but the bus is tried again within a test.
      policy: { ladder: [{ waitMs: 24 * 3_600_000 }] },
      log: this.#log,
    });
    this.server = server;
    onTestFinished(() => server[Symbol.asyncDispose]());
  }

  async takeAway(): Promise<void> {
    await this.#broker[Symbol.asyncDispose]();
  }

  /** It knows no session and no retained message of before. */
  async bringBack(users = USERS): Promise<void> {
    const { host, port } = this.#broker;
    this.#broker = await startBroker({ host, port, users, log: silentLog });
    onTestFinished(() => this.#broker[Symbol.asyncDispose]());
  }

  /** New mail; resolves when the mail server has it on its disk. */
  async mail(): Promise<void> {
    this.#mails += 1;
    const place = { mailbox: 'INBOX', uidvalidity: 7, uidnext: this.#mails };
    await this.agent.stored({ device: 'cabin-1', ...place, count: 1, size: 900 });
  }

  async settled(texts: number): Promise<void> {
    await vi.waitFor(() => expect(this.agent.pending).toBe(0), PATIENCE);
    await vi.waitFor(() => expect(this.texts).toHaveLength(texts), PATIENCE);
  }
}

test('mail that comes while the broker is away is rung for once it is back without its sessions, and the log says so', async () => {
  const apart = await Apart.open();
  await apart.takeAway();
  await apart.mail();
  expect([apart.agent.pending, apart.texts.length]).toEqual([1, 0]);
  await apart.bringBack();
  await apart.settled(1);
  const reconnects = apart.logged.filter(({ msg }) => msg.includes('connecting again'));
  expect(reconnects[0]).toMatchObject({ level: 40, err: { code: 'bus-lost' } });
});

test('a broker that goes away before the acknowledgement: it comes when the broker is back, and the device is rung once', async () => {
  const apart = await Apart.open();
  let gone: Promise<void> | undefined;
  apart.onText = async () => {
    gone ??= apart.takeAway();
    await gone;
  };
  await apart.mail();
  await vi.waitFor(() => expect(apart.texts).toHaveLength(1), PATIENCE);
  await apart.bringBack();
  await apart.settled(1);
  expect((await apart.server.status('cabin-1')).owed).toMatchObject([{ uidnext: 5, count: 1 }]);
});

test('a broker that lost the queued request: the device that comes is answered from the disk', async () => {
  const apart = await Apart.open();
  const first = await joinBus(apart.url, 'cabin-1');
  await first.subscribe(topics.request('cabin-1'), async () => {});
  await first[Symbol.asyncDispose]();
  await apart.mail();
  await apart.settled(1);
  await apart.takeAway();
  await apart.bringBack();
  const device = await joinBus(apart.url, 'cabin-1');
  const requests: Request[] = [];
  await device.subscribe(topics.request('cabin-1'), async (request) => {
    requests.push(request);
  });
  const hello = { cause: 'sms', counter: 0, settings: 0 } as const;
  // The message server may be connecting again still; then nobody hears the device, and it says hello anew.
  await vi.waitFor(async () => {
    await device.publish(topics.hello('cabin-1'), hello);
    expect(requests[0]).toMatchObject({ do: 'sync', targets: [{ uidnext: 5 }] });
  }, PATIENCE);
});

test('a broker that refuses the message server after a restart ends it with the reason, and what is owed waits for the next', async () => {
  const apart = await Apart.open();
  await apart.takeAway();
  await apart.mail();
  const { bus } = apart;
  const strangers = USERS.map((user) => (user.name === 'message' ? { ...user, password: 'changed' } : user));
  await apart.bringBack(strangers);
  expect(await bus.closed).toMatchObject({ code: 'bus-refused', temporary: false });
  await apart.server[Symbol.asyncDispose]();
  expect([apart.agent.pending, apart.texts.length]).toEqual([1, 0]);
  await apart.takeAway();
  await apart.bringBack();
  await apart.startServer();
  await apart.settled(1);
});

test('triggers that are acknowledged while the broker comes and goes are each counted once', async () => {
  const apart = await Apart.open();
  for (let time = 0; time < 4; time += 1) {
    await apart.mail();
    await apart.takeAway();
    await apart.mail();
    await apart.bringBack();
  }
  await apart.settled(1);
  expect((await apart.server.status('cabin-1')).owed).toMatchObject([{ uidnext: 12, count: 8 }]);
});
