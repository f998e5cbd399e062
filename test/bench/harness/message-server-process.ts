import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '../../../src/base/log.ts';
import { settlable } from '../../../src/base/settlable.ts';
import { topics } from '../../../src/bus/topics.ts';
import { openAddressBook } from '../../../src/server/message/address-book.ts';
import { startMessageServer } from '../../../src/server/message/message-server.ts';
import { DayBus } from '../../server/message/day/server-side.ts';
import { childJob, peakMegabytes, sendAnswer } from './child.ts';
import { CountingFiles } from './counting-files.ts';

/** A message server in a process of its own, over a state directory of so many devices; so many of them get a first trigger. */
export interface MessageServerJob {
  readonly state: string;
  readonly devices: number;
  readonly triggers: number;
}

/** Of one piece of work. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly syncs: number;
}

export interface MessageServerAnswer {
  /** Until it serves, and until all that is owed is scheduled, milliseconds. */
  readonly startMs: number;
  readonly scheduledMs: number;
  readonly startMegabytes: number;
  readonly trigger: Cost;
  readonly contact: Cost;
  readonly peakMegabytes: number;
}

const { state, devices, triggers } = childJob<MessageServerJob>();
const files = new CountingFiles();
const pathOf = (device: string) => join(state, 'devices', `${device}.json`);

const began = performance.now();
const addressBook = await openAddressBook(join(state, 'address-book.json'), files);
const bus = new DayBus(() => {});
const readBefore = files.reads;
const server = await startMessageServer({
  bus,
  stateDirectory: state,
  addressBook,
  gateways: [{ name: 'memory', sendSms: async () => {} }],
  files,
  log: silentLog,
});
const startMs = performance.now() - began;
while (files.reads - readBefore < devices) await delay(5);
const scheduledMs = performance.now() - began;
const startMegabytes = process.memoryUsage.rss() / 2 ** 20;

/** Resolves once the document says that the second trigger was sent. */
function sent(device: string): Promise<void> {
  const done = settlable();
  files.onRename = (path) => {
    if (path !== pathOf(device)) return;
    if (JSON.parse(readFileSync(path, 'utf8')).outstanding?.phase === 'sent') done.resolve();
  };
  return done.promise;
}

async function ring(index: number): Promise<void> {
  // Every hundredth is owed something already.
  const device = `pocket-${Math.floor((index * devices) / triggers / 100) * 100 + 1 + (index % 98)}`;
  const place = { mailbox: 'INBOX', uidvalidity: 7, uidnext: 900_000 + index, count: 1, size: 900 };
  const done = sent(device);
  await bus.deliver(topics.trigger, { event: `bench-${index}`, device, ...place });
  await done;
}

async function measure(times: number, work: (index: number) => Promise<unknown>): Promise<Cost> {
  const before = { bytes: files.bytesWritten, syncs: files.syncs };
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let index = 0; index < times; index += 1) await work(index);
  const ms = (performance.now() - start) / times;
  const { user, system } = process.cpuUsage(cpu);
  return {
    ms,
    cpuMs: (user + system) / 1000 / times,
    bytes: (files.bytesWritten - before.bytes) / times,
    syncs: (files.syncs - before.syncs) / times,
  };
}

const trigger = await measure(triggers, ring);
const contact = await measure(20, (index) =>
  addressBook.add({
    device: `new-${index}`,
    number: '+4915112345678',
    key: { id: 1, secret: 'a5'.repeat(32) },
  }),
);
await server[Symbol.asyncDispose]();
sendAnswer({
  startMs,
  scheduledMs,
  startMegabytes,
  trigger,
  contact,
  peakMegabytes: peakMegabytes(),
} satisfies MessageServerAnswer);
process.disconnect?.();
