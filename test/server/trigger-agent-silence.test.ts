import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { SimulatedClock } from '../../src/base/simulated-clock.ts';
import { type Bus, BusError } from '../../src/bus/bus.ts';
import { topics } from '../../src/bus/topics.ts';
import { startTriggerAgent } from '../../src/server/trigger-agent.ts';
import { MemoryBroker } from '../support/memory-bus.ts';
import { MemoryFiles } from '../support/memory-files.ts';

const MAIL = { device: 'cabin-1', uidvalidity: 7, uidnext: 2, count: 1, size: 9 };

async function agentAt(bus: Bus) {
  const clock = new SimulatedClock();
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line).msg) });
  const options = { bus, stateDirectory: '/triggers', clock, files: new MemoryFiles(), log };
  const agent = await startTriggerAgent(options);
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return { clock, agent, said: (text: string) => lines.filter((line) => line.includes(text)).length };
}

test('a trigger that the broker takes and nobody acknowledges is told in words, once', async () => {
  const broker = new MemoryBroker();
  const { clock, agent, said } = await agentAt(broker.connect({ name: 'mail', role: 'mail-server' }));
  await agent.stored({ ...MAIL, mailbox: 'INBOX' });
  await clock.advance(40_000);
  expect(said('no message server acknowledges it')).toBe(0);
  await clock.advance(3_600_000);
  expect(said('no message server acknowledges it')).toBe(1);
  expect(said('First trigger for cabin-1')).toBe(1);
});

test('while the broker is away all triggers are kept, told once, and sent within seconds when it is back', async () => {
  const broker = new MemoryBroker();
  const inner = broker.connect({ name: 'mail', role: 'mail-server' });
  let isAway = true;
  const away = () => new BusError('PUBLISH: no answer within 30 s', { code: 'bus-timeout', temporary: true });
  const bus: Bus = {
    closed: inner.closed,
    subscribe: (...args) => inner.subscribe(...args),
    publish: (...args) => (isAway ? Promise.reject(away()) : inner.publish(...args)),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
  const server = broker.connect({ name: 'message', role: 'message-server' });
  const got: string[] = [];
  await server.subscribe(topics.trigger, async ({ mailbox, event }) => {
    got.push(mailbox);
    await server.publish(topics.triggerAck, { event });
  });
  const { clock, agent, said } = await agentAt(bus);
  for (const mailbox of ['INBOX', 'Lists', 'Work']) await agent.stored({ ...MAIL, mailbox });
  await clock.advance(3_600_000);
  expect(said('First triggers are not sent; they are kept')).toBe(1);
  expect(agent.pending).toBe(3);
  isAway = false;
  await clock.advance(15_000);
  expect(got.sort()).toEqual(['INBOX', 'Lists', 'Work']);
  expect(agent.pending).toBe(0);
});
