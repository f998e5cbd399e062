import { expect, onTestFinished, test, vi } from 'vitest';
import { createLog, silentLog } from '../../src/base/log.ts';
import { startBroker } from '../../src/bus/broker.ts';
import type { BrokerUser } from '../../src/bus/broker-users.ts';
import { type Trigger, topics } from '../../src/bus/topics.ts';
import { broker, join, RECONNECT, TRIGGER } from '../support/bus.ts';

const PATIENT = { reconnect: RECONNECT, patient: true } as const;

function logged() {
  const lines: { msg: string }[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const times = (text: string) => lines.filter(({ msg }) => msg.includes(text)).length;
  return { log, times, said: (text: string) => times(text) > 0 };
}

test('a server starts while the broker is away; its subscriptions and what it publishes wait', async () => {
  const first = await broker();
  await first[Symbol.asyncDispose]();
  const { log, said } = logged();
  const server = await join(first.url, 'message', { ...PATIENT, log });
  const got: Trigger[] = [];
  await server.subscribe(topics.trigger, async (trigger) => {
    got.push(trigger);
  });
  const waiting = server.publish(topics.triggerAck, { event: 'e0' });
  await vi.waitFor(() => expect(said('The MQTT connection ended, connecting again')).toBe(true));
  const second = await broker(first.port);
  await waiting;
  const mail = await join(second.url, 'mail');
  await mail.publish(topics.trigger, TRIGGER);
  await vi.waitFor(() => expect(got).toEqual([TRIGGER]));
  expect(said('Connected to the MQTT broker')).toBe(true);
});

test('a password that the broker does not know is told, and tried again until it does', async () => {
  let users: BrokerUser[] = [];
  const find = (name: string) => users.find((user) => user.name === name);
  const started = await startBroker({ host: '127.0.0.1', port: 0, users: find, log: silentLog });
  onTestFinished(() => started[Symbol.asyncDispose]());
  const { log, said } = logged();
  const mail = await join(started.url, 'mail', { ...PATIENT, log });
  const sent = mail.publish(topics.trigger, TRIGGER);
  await vi.waitFor(() => expect(said('The MQTT broker refused us: user, password or client id')).toBe(true));
  users = [{ name: 'mail', role: 'mail-server', password: 'post' }];
  await sent;
});

test('a subscription that the access rules lack is told and tried again; the others serve', async () => {
  let role: BrokerUser['role'] = 'mail-server';
  const user = () => ({ name: 'message', role, password: 'bell' });
  const started = await startBroker({ host: '127.0.0.1', port: 0, users: user, log: silentLog });
  onTestFinished(() => started[Symbol.asyncDispose]());
  const { log, times } = logged();
  const server = await join(started.url, 'message', { ...PATIENT, log });
  const got: unknown[] = [];
  await server.subscribe(topics.triggerAck, async (ack) => {
    got.push(ack);
  });
  await server.subscribe(topics.trigger, async (trigger) => {
    got.push(trigger);
  });
  await vi.waitFor(() => expect(times('The MQTT broker refused a subscription')).toBeGreaterThan(1));
  role = 'message-server';
  const other = await join(started.url, 'message', { clientId: 'message:other', password: 'bell' });
  // The embedded broker knows a client by what it was at CONNECT; at Mosquitto a reload suffices.
  expect(got).toEqual([]);
  await other.publish(topics.triggerAck, { event: 'e9' });
  await vi.waitFor(() => expect(got).toEqual([{ event: 'e9' }]));
});
