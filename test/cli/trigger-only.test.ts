import { join as joinPath } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { topics } from '../../src/bus/topics.ts';
import { buildServer } from '../../src/cli/build/server.ts';
import { serverHandlers } from '../../src/cli/build/server-handlers.ts';
import { serverConfig } from '../../src/cli/config/server.ts';
import { broker, join, PASSWORDS } from '../support/bus.ts';
import { temporaryDirectory } from '../support/room.ts';

test('R3 R9 with [mqtt] alone `ringpost trigger` is taken durably while the broker is away, and goes out when it is there', async () => {
  const directory = await temporaryDirectory();
  const gone = await broker();
  await gone[Symbol.asyncDispose]();
  const mqtt = { url: gone.url, user: 'mail', password: PASSWORDS.mail ?? '' };
  const config = serverConfig.parse({ state: directory, socket: joinPath(directory, 's'), mqtt });
  const around = { clock: systemClock, log: silentLog, observe: () => {} };
  const server = await buildServer(config, around, new AbortController().signal);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const args = { device: 'cabin-1', mailbox: 'INBOX', uidvalidity: 7, uidnext: 2, count: 1, size: 0 };
  const { signal } = new AbortController();
  const answer = await serverHandlers(server, config).trigger?.(args, () => {}, signal);
  expect(answer).toEqual({ pending: 1 });

  const there = await broker(gone.port);
  const messages = await join(there.url, 'message');
  const got: unknown[] = [];
  await messages.subscribe(topics.trigger, async (trigger) => {
    got.push(trigger);
    await messages.publish(topics.triggerAck, { event: trigger.event });
  });
  const inTime = { timeout: 18_000, interval: 20 };
  await vi.waitFor(() => expect(got).toMatchObject([args]), inTime);
  await vi.waitFor(() => expect(server.agent?.pending).toBe(0), inTime);
});
