import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { type BuiltServer, buildServer } from '../../src/cli/build/server.ts';
import { serverConfig } from '../../src/cli/config/server.ts';
import { type ServerTable, serverTable } from '../../src/cli/demo/parts.ts';
import { ordinaryClient } from '../support/ordinary-client.ts';
import { enrol, layOut, type System, startSystem } from '../support/system.ts';

const MAIL = { name: 'mail-at-another-place', password: 'joined by MQTT only', role: 'mail-server' } as const;

/** A mail server of its own: nothing in common with the message server but its broker's address and password. */
async function mailServer(system: System, brokerPort: number): Promise<BuiltServer> {
  const state = join(system.directory, 'mail-server');
  const table: ServerTable = {
    state,
    mail: serverTable(system).mail,
    mqtt: {
      url: `mqtts://localhost:${brokerPort}`,
      user: MAIL.name,
      password: MAIL.password,
      ca: join(system.directory, 'server', 'tls', 'localhost.crt'),
    },
  };
  await mkdir(state, { recursive: true });
  const around = { clock: systemClock, log: silentLog, observe: system.timeline.observer('server') };
  const built = await buildServer(serverConfig.parse(table), around, new AbortController().signal);
  onTestFinished(() => built[Symbol.asyncDispose]());
  return built;
}

function messageServer(brokerPort = 0) {
  return (table: ReturnType<typeof serverTable>): ServerTable => {
    const { mail: _, ...rest } = table;
    return { ...rest, broker: { port: brokerPort, users: [MAIL] } };
  };
}

async function apart(): Promise<{ system: System; mail: BuiltServer; brokerPort: number }> {
  const system = await layOut({
    server: messageServer(),
    device: (table) => ({
      ...table,
      imap: {
        ...table.imap,
        port: mail?.mail?.imapPort,
        ca: join(system.directory, 'mail-server', 'tls', 'localhost.crt'),
      },
    }),
  });
  let mail: BuiltServer | undefined;
  await system.startServer();
  const brokerPort = system.server.broker?.port ?? 0;
  mail = await mailServer(system, brokerPort);
  await enrol(system);
  await system.startDevice();
  return { system, mail, brokerPort };
}

test('R9 mail server and message server apart, joined by MQTT alone', async () => {
  const { system, mail } = await apart();
  expect([system.server.mail, mail.messageServer, mail.broker]).toEqual([undefined, undefined, undefined]);
  const since = system.timeline.mark();
  const sent = await system.send('From another machine', { port: mail.mail?.smtpPort });
  await system.arrives(sent);
  await system.sessionOver(since);
  expect(await system.sessions()).toMatchObject([{ result: 'ok' }]);
});

test('R9 the message server is away when mail comes: the trigger waits at the mail server and is sent later', async () => {
  const { system, mail, brokerPort } = await apart();
  await system.stopServer();
  const sent = await system.send('While it was away', { port: mail.mail?.smtpPort });
  await system.until(() => expect(mail.agent?.pending).toBe(1));
  await system.startServer(messageServer(brokerPort)(serverTable(system)));
  await system.arrives(sent);
});

test('R9 a trigger that comes while the message server still opens its modem is kept until it listens', async () => {
  const { system, mail, brokerPort } = await apart();
  await system.stopServer();
  const sent = await system.send('Too early', { port: mail.mail?.smtpPort });
  await system.until(() => expect(mail.agent?.pending).toBe(1));
  const { openLine } = system.modems;
  let opened = false;
  const late = async (...port: Parameters<typeof openLine>) => {
    // Longer than the mail server's first two tries to connect.
    if (!opened) await systemClock.sleep(3500);
    opened = true;
    return openLine(...port);
  };
  Object.assign(system.modems, { openLine: late });
  await system.startServer(messageServer(brokerPort)(serverTable(system)));
  // Far less than the time after which an unanswered trigger is sent again.
  await expect.poll(() => mail.agent?.pending, { timeout: 8000 }).toBe(0);
  await system.arrives(sent);
});

test('R9 R13 one process is a mail server of its own: SMTP in, IMAP out, updates to clients that wait, and it rings', async () => {
  const system = await startSystem();
  const client = await ordinaryClient(system);
  await client.mailboxOpen('INBOX');
  const told = new Promise<number>((resolve) => client.once('exists', ({ count }) => resolve(count)));
  void client.idle();

  const sent = await system.send('Into both');
  expect(await told).toBe(1);
  const source = (await client.fetchOne('1', { source: true })) || undefined;
  expect(source?.source?.subarray(-sent.length)).toEqual(sent);
  await system.arrives(sent);
  expect(system.happened('sms-submitted')).toHaveLength(1);
});
