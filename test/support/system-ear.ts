import { onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { type Hello, type Report, type Trigger, topics } from '../../src/bus/topics.ts';
import { DEVICE, type ServerTable, type serverTable } from '../../src/cli/demo/parts.ts';
import type { System } from './system.ts';

const EAR = { name: 'ear', password: 'only listens', role: 'message-server' } as const;

/** The server's configuration with a broker user more, who may hear what a message server hears. */
export function ear(table: ReturnType<typeof serverTable>): ServerTable {
  return { ...table, broker: { ...table.broker, users: [EAR] } };
}

/** What crosses the broker to the message server from now on. */
export async function listenIn(system: System) {
  const { broker, certificate } = system.server;
  const bus = await connectBus({
    open: () => `mqtts://127.0.0.1:${broker?.port}`,
    tls: { ca: certificate.cert, servername: 'localhost' },
    clientId: EAR.name,
    user: EAR.name,
    password: EAR.password,
    log: silentLog,
    keepaliveSeconds: 60,
    reconnect: false,
  });
  onTestFinished(() => bus[Symbol.asyncDispose]());
  const heard = { triggers: [] as Trigger[], hellos: [] as Hello[], reports: [] as Report[] };
  await bus.subscribe(topics.trigger, async (one) => void heard.triggers.push(one));
  await bus.subscribe(topics.hello(DEVICE), async (one) => void heard.hellos.push(one));
  await bus.subscribe(topics.report(DEVICE), async (one) => void heard.reports.push(one));
  return heard;
}
