import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { type Request, topics } from '../../../src/bus/topics.ts';
import { openAddressBook } from '../../../src/server/message/address-book.ts';
import { startMessageServer } from '../../../src/server/message/message-server.ts';
import { startTriggerAgent } from '../../../src/server/trigger-agent.ts';
import { createReplayGuard } from '../../../src/trigger/guard.ts';
import { verifyTrigger } from '../../../src/trigger/verify.ts';
import { broker, join as joinBus, RECONNECT } from '../../support/bus.ts';
import { CABIN, NUMBER, SECRET } from '../../support/message-office.ts';
import { temporaryDirectory } from '../../support/room.ts';

const cost = { seconds: 9, bytesUp: 800, bytesDown: 4000, roundTrips: 3 };

/** Mail server and message server as they run apart: own connections, own state directories, real files. */
async function office() {
  const { url } = await broker();
  const directory = await temporaryDirectory();
  const addressBook = await openAddressBook(join(directory, 'address-book.json'));
  await addressBook.add(CABIN);
  const texts: { number: string; text: string }[] = [];
  const server = await startMessageServer({
    bus: await joinBus(url, 'message', { reconnect: RECONNECT }),
    stateDirectory: join(directory, 'message'),
    addressBook,
    gateways: [
      {
        name: 'modem',
        sendSms: async (number, text) => {
          texts.push({ number, text });
        },
      },
    ],
    log: silentLog,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const agent = await startTriggerAgent({
    bus: await joinBus(url, 'mail', { reconnect: RECONNECT }),
    stateDirectory: join(directory, 'mail'),
    log: silentLog,
  });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return { url, directory, server, agent, texts };
}

test('R9 over a real broker: stored mail, first trigger, sealed SMS, hello, request, report', async () => {
  const { url, directory, server, agent, texts } = await office();
  const device = 'cabin-1';
  await agent.stored({ mailbox: 'INBOX', device, uidvalidity: 7, uidnext: 5, count: 1, size: 900 });
  await vi.waitFor(() => expect(texts).toHaveLength(1), 5000);
  await vi.waitFor(() => expect(agent.pending).toBe(0), 5000);
  expect(texts[0]?.number).toBe(NUMBER);

  const guard = await createReplayGuard(join(directory, 'guard.json'));
  const keys = [{ id: 1, secret: Buffer.from(SECRET, 'hex') }];
  const verdict = await verifyTrigger(texts[0]?.text ?? '', { device, keys, guard });
  expect(verdict).toHaveProperty('trigger');

  const handheld = await joinBus(url, device);
  const requests: Request[] = [];
  await handheld.subscribe(topics.request(device), async (request) => {
    requests.push(request);
  });
  await handheld.publish(topics.hello(device), { cause: 'sms', counter: guard.highest(), settings: 0 });
  await vi.waitFor(() => expect(requests).toMatchObject([{ do: 'sync', targets: [{ uidnext: 5 }] }]), 5000);
  const reached = [{ mailbox: 'INBOX', uidvalidity: 7, uidnext: 5 }];
  const request = requests[0]?.request ?? '';
  await handheld.publish(topics.report(device), {
    request,
    reached,
    result: 'ok',
    cause: 'sms',
    cost,
    at: 1,
  });
  await vi.waitFor(async () => expect((await server.status(device)).owed).toEqual([]), 5000);
});

test('R6 over a real broker an unknown device id is refused to the mail server, and no SMS leaves', async () => {
  const { agent, texts } = await office();
  await agent.stored({ mailbox: 'INBOX', device: 'stranger', uidvalidity: 7, uidnext: 5, count: 1, size: 9 });
  await vi.waitFor(() => expect(agent.pending).toBe(0), 5000);
  expect(texts).toEqual([]);
});
