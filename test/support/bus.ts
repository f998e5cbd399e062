import mqtt from 'mqtt';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { type Broker, type BrokerOptions, startBroker } from '../../src/bus/broker.ts';
import type { BrokerUser } from '../../src/bus/broker-users.ts';
import type { Bus } from '../../src/bus/bus.ts';
import { type BusOptions, connectBus } from '../../src/bus/connect-bus.ts';
import type { Report, Request, Trigger } from '../../src/bus/topics.ts';

export const USERS: BrokerUser[] = [
  { name: 'cabin-1', role: 'device', password: 'one' },
  { name: 'cabin-2', role: 'device', password: 'two' },
  { name: 'mail', role: 'mail-server', password: 'post' },
  { name: 'message', role: 'message-server', password: (given) => given.toString() === 'bell' },
];
export const PASSWORDS: Record<string, string> = {
  'cabin-1': 'one',
  'cabin-2': 'two',
  mail: 'post',
  message: 'bell',
};
export const RECONNECT = { firstMs: 20, longestMs: 50 };

export const TRIGGER: Trigger = {
  event: 'e1',
  device: 'cabin-1',
  mailbox: 'INBOX',
  uidvalidity: 1,
  uidnext: 5,
  count: 1,
  size: 900,
};
export const REQUEST: Request = {
  do: 'sync',
  request: 'r1',
  targets: [{ mailbox: 'INBOX', uidvalidity: 1, uidnext: 5 }],
  hint: { count: 1, size: 900 },
  expires: 4_000_000_000_000,
};
export const REPORT: Report = {
  reached: [],
  result: 'ok',
  cause: 'user',
  cost: { seconds: 1, bytesUp: 1, bytesDown: 1, roundTrips: 1 },
  at: 1,
};

/** The embedded broker on loopback, with the users above. */
export async function broker(port = 0, more: Partial<BrokerOptions> = {}): Promise<Broker> {
  const started = await startBroker({ host: '127.0.0.1', port, users: USERS, log: silentLog, ...more });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** A bus as one of the users. */
export async function join(url: string, user: string, more: Partial<BusOptions> = {}): Promise<Bus> {
  const bus = await connectBus({
    open: () => url,
    clientId: user,
    user,
    password: PASSWORDS[user] ?? '',
    log: silentLog,
    keepaliveSeconds: 30,
    reconnect: false,
    ...more,
  });
  onTestFinished(() => bus[Symbol.asyncDispose]());
  return bus;
}

/** A device's MQTT client of another make, with which it may try whatever it likes. */
export async function stranger(url: string, user: string, clientId = user, clean = false) {
  const client = mqtt.connect(url, {
    clientId,
    username: user,
    password: PASSWORDS[user] ?? '',
    reconnectPeriod: 0,
    clean,
  });
  client.on('error', () => {});
  onTestFinished(async () => {
    await client.endAsync(true).catch(() => {});
  });
  return client;
}
