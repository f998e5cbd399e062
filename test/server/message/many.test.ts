import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { topics } from '../../../src/bus/topics.ts';
import { openAddressBook } from '../../../src/server/message/address-book.ts';
import { startMessageServer } from '../../../src/server/message/message-server.ts';
import { MINUTE, SECRET } from '../../support/message-office.ts';
import { DayBus, DayFiles } from './day/server-side.ts';

/** Which documents were read. */
class ReadFiles extends DayFiles {
  readonly reads: string[] = [];

  override read(path: string): Promise<Buffer> {
    if (path.startsWith('/state/devices/')) this.reads.push(path.slice('/state/devices/'.length));
    return super.read(path);
  }
}

async function start(files: ReadFiles, clock: SimulatedClock, sent: string[]) {
  const bus = new DayBus(() => {});
  const sendSms = async (number: string) => {
    sent.push(number);
  };
  const server = await startMessageServer({
    bus,
    stateDirectory: '/state',
    addressBook: await openAddressBook('/state/address-book.json', files),
    gateways: [{ name: 'modem', sendSms }],
    policy: { ladder: [{ waitMs: MINUTE }, { waitMs: MINUTE }], jitter: 0 },
    clock,
    files,
    log: silentLog,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { bus, server };
}

test('of very many devices only the latest stay in memory; the others are read again, also for what is due', async () => {
  const devices = Array.from({ length: 1200 }, (_, index) => `pocket-${index}`);
  const [files, clock, sent] = [new ReadFiles(), new SimulatedClock(), [] as string[]];
  const entry = (device: string, index: number) => [
    device,
    { device, number: `+491511${1000 + index}`, key: { id: 1, secret: SECRET } },
  ];
  const contacts = Object.fromEntries(devices.map(entry));
  files.content.set('/state/address-book.json', Buffer.from(JSON.stringify({ contacts })));
  const first = await start(files, clock, sent);
  const mail = async (device: string, uidnext: number) => {
    const place = { mailbox: 'INBOX', uidvalidity: 7, uidnext, count: 1, size: 1 };
    await first.bus.deliver(topics.trigger, { event: `${device}.${uidnext}`, device, ...place });
  };
  for (const device of devices) await mail(device, 5);
  await clock.advance(0);
  files.reads.length = 0;
  await mail('pocket-0', 6);
  await mail('pocket-1199', 6);
  expect(files.reads).toEqual(['pocket-0.json']);
  await clock.advance(MINUTE);
  expect(sent).toHaveLength(2400);
  expect(new Set(sent).size).toBe(1200);

  await first.server[Symbol.asyncDispose]();
  await clock.advance(10 * MINUTE);
  await start(files, clock, sent);
  await clock.advance(MINUTE);
  const phases = devices.map((device) => files.json(`/state/devices/${device}.json`));
  expect(
    phases.filter((state) => (state as { outstanding: { phase: string } }).outstanding.phase === 'exhausted'),
  ).toHaveLength(1200);
});
