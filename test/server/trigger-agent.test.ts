import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import type { Step } from '../../src/base/steps.ts';
import type { Bus } from '../../src/bus/bus.ts';
import { type Trigger, topics } from '../../src/bus/topics.ts';
import { type StoredMail, startTriggerAgent, type TriggerAgent } from '../../src/server/trigger-agent.ts';
import { MemoryBroker } from '../support/memory-bus.ts';
import { MemoryFiles } from '../support/memory-files.ts';

const MINUTE = 60_000;

interface Post {
  readonly clock: SimulatedClock;
  readonly broker: MemoryBroker;
  readonly files: MemoryFiles;
  readonly agent: TriggerAgent;
  readonly steps: Step[];
}

async function post(parts: Partial<Post> = {}): Promise<Post> {
  const clock = parts.clock ?? new SimulatedClock();
  const broker = parts.broker ?? new MemoryBroker();
  const files = parts.files ?? new MemoryFiles();
  const steps: Step[] = [];
  const agent = await startTriggerAgent({
    bus: broker.connect({ name: 'mail', role: 'mail-server' }),
    stateDirectory: '/state/triggers',
    clock,
    files,
    log: silentLog,
    observe: (step) => steps.push(step),
  });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return { clock, broker, files, agent, steps };
}

/** A message server that takes triggers and answers when told to. */
async function messageServer(broker: MemoryBroker, answer = true): Promise<{ bus: Bus; got: Trigger[] }> {
  const bus = broker.connect({ name: 'message', role: 'message-server' });
  const got: Trigger[] = [];
  await bus.subscribe(topics.trigger, async (trigger) => {
    got.push(trigger);
    if (answer) await bus.publish(topics.triggerAck, { event: trigger.event });
  });
  return { bus, got };
}

const mail = (uidnext: number, more: Partial<StoredMail> = {}): StoredMail => ({
  mailbox: 'INBOX',
  device: 'cabin-1',
  uidvalidity: 7,
  uidnext,
  count: 1,
  size: 1000,
  ...more,
});

test('R3 R4 a stored message makes a trigger message that contains the remote device id', async () => {
  const { agent, broker, clock, steps } = await post();
  const { got } = await messageServer(broker);
  await agent.stored(mail(5));
  await clock.advance(0);
  expect(got).toMatchObject([
    { device: 'cabin-1', mailbox: 'INBOX', uidvalidity: 7, uidnext: 5, count: 1, size: 1000 },
  ]);
  expect(steps.map(({ name }) => name)).toEqual(['first-trigger']);
  expect(agent.pending).toBe(0);
});

test('R3 mail in a mailbox without a device id triggers nothing', async () => {
  const { agent, broker, clock, files } = await post();
  await agent.stored(mail(5, { device: undefined }));
  await clock.advance(MINUTE);
  expect(broker.published).toEqual([]);
  expect([...files.content.keys()]).toEqual([]);
});

test('R4 a trigger is on the disk before it is sent, and is kept and sent again until it is acknowledged', async () => {
  const { agent, broker, clock, files } = await post();
  await agent.stored(mail(5));
  expect([...files.content.keys()]).toHaveLength(1);
  await clock.advance(2 * MINUTE);
  const sent = broker.on('ringpost/trigger') as Trigger[];
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(new Set(sent.map(({ event }) => event)).size).toBe(1);
  await messageServer(broker);
  await clock.advance(20 * MINUTE);
  expect(agent.pending).toBe(0);
  const after = broker.on('ringpost/trigger').length;
  await clock.advance(60 * MINUTE);
  expect(broker.on('ringpost/trigger')).toHaveLength(after);
});

test('R4 an agent that was killed sends what was not acknowledged again, with the same event id', async () => {
  const first = await post();
  await first.agent.stored(mail(5));
  await first.clock.advance(0);
  const [sent] = first.broker.on('ringpost/trigger') as Trigger[];
  const second = await post({ files: first.files.copy() });
  const { got } = await messageServer(second.broker);
  await second.clock.advance(MINUTE);
  expect(got.map(({ event }) => event)).toEqual([sent?.event]);
});

test('a burst is one trigger under way and one more for all that came meanwhile', async () => {
  const { agent, broker, clock } = await post();
  const { bus, got } = await messageServer(broker, false);
  for (let uidnext = 2; uidnext <= 11; uidnext += 1) await agent.stored(mail(uidnext));
  await agent.stored(mail(4, { mailbox: 'Lists' }));
  await clock.advance(0);
  expect(got.map(({ mailbox, uidnext, count }) => [mailbox, uidnext, count])).toEqual([
    ['INBOX', 2, 1],
    ['Lists', 4, 1],
  ]);
  await bus.publish(topics.triggerAck, { event: got[0]?.event ?? '' });
  await clock.advance(0);
  expect(got[2]).toMatchObject({ mailbox: 'INBOX', uidnext: 11, count: 9, size: 9000 });
});

test('R6 a refused trigger is given up, and the next mail is tried again', async () => {
  const { agent, broker, clock } = await post();
  const bus = broker.connect({ name: 'message', role: 'message-server' });
  await bus.subscribe(topics.trigger, ({ event }) =>
    bus.publish(topics.triggerAck, { event, refused: 'unknown' }),
  );
  await agent.stored(mail(5));
  await clock.advance(60 * MINUTE);
  expect(agent.pending).toBe(0);
  expect(broker.on('ringpost/trigger')).toHaveLength(1);
  await agent.stored(mail(6));
  await clock.advance(0);
  expect(broker.on('ringpost/trigger')).toHaveLength(2);
});

test('an acknowledgement of somebody else, and a second one of ours, change nothing', async () => {
  const { agent, broker, clock } = await post();
  const { bus, got } = await messageServer(broker, false);
  await agent.stored(mail(5));
  await clock.advance(0);
  await bus.publish(topics.triggerAck, { event: 'another' });
  await clock.advance(0);
  expect(agent.pending).toBe(1);
  const event = got[0]?.event ?? '';
  await bus.publish(topics.triggerAck, { event });
  await bus.publish(topics.triggerAck, { event });
  await clock.advance(0);
  expect(agent.pending).toBe(0);
});

test('mail that was stored in the instant before a crash is found at the start', async () => {
  const first = await post();
  await messageServer(first.broker);
  await first.agent.stored(mail(5));
  await first.clock.advance(0);
  const second = await post({ files: first.files.copy() });
  const { got } = await messageServer(second.broker);
  const place = { mailbox: 'INBOX', device: 'cabin-1', uidvalidity: 7 };
  await second.agent.reconcile([{ ...place, uidnext: 5 }]);
  await second.clock.advance(MINUTE);
  expect(got).toEqual([]);
  await second.agent.reconcile([{ ...place, uidnext: 7 }]);
  await second.clock.advance(MINUTE);
  expect(got).toMatchObject([{ uidnext: 7, count: 2 }]);
});

test('a file that is no trigger is left alone, and the others are sent', async () => {
  const first = await post();
  await first.agent.stored(mail(5));
  const files = first.files.copy();
  files.content.set('/state/triggers/zz.json', Buffer.from('{"sent":'));
  const second = await post({ files });
  await second.clock.advance(0);
  expect(second.broker.on('ringpost/trigger')).toHaveLength(1);
  expect(files.content.has('/state/triggers/zz.json')).toBe(true);
});
