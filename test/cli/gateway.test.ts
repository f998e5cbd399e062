import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { loadConfig } from '../../src/base/config.ts';
import { serveControl } from '../../src/base/control.ts';
import { silentLog } from '../../src/base/log.ts';
import { unobserved } from '../../src/base/steps.ts';
import { buildServer } from '../../src/cli/build/server.ts';
import { serverHandlers } from '../../src/cli/build/server-handlers.ts';
import { serverConfig } from '../../src/cli/config/server.ts';
import { CONTRACTS } from '../server/gateways/http/contracts.ts';
import { NUMBER, serverToml } from '../server/gateways/http/support.ts';
import { playHttp, reply } from '../support/played-http.ts';
import { ringpost } from '../support/ringpost.ts';
import { temporaryDirectory } from '../support/room.ts';

const SENT = reply(200, { messages: [{ status: '0', 'message-id': 'x1' }] });

async function configured(url: string, bus?: string) {
  const directory = await temporaryDirectory();
  const written = { provider: 'vonage', values: CONTRACTS.vonage!.values, more: `base_url = "${url}"` };
  const file = join(directory, 'server.toml');
  const socket = join(directory, 'server.sock');
  const text = `state = "${directory}/state"\nsocket = "${socket}"\nlog = "warn"\n${serverToml(written, bus)}`;
  await writeFile(file, text, { mode: 0o600 });
  return { file, socket };
}

test('without a server the command opens the gateway itself, and tells what came back', async () => {
  const server = await playHttp(SENT);
  const { file } = await configured(server.url);
  expect(await ringpost('gateway', 'first', NUMBER, '-c', file)).toMatchObject({
    code: 0,
    out: 'first took the text\n',
  });
  const { searchParams } = new URL(`http://x/?${server.received[0]!.body}`);
  expect(searchParams.get('to')).toBe(NUMBER.slice(1));
  expect(searchParams.get('text')).not.toContain('RP1');

  server.answer = reply(200, { messages: [{ status: '4', 'error-text': 'Bad Credentials' }] });
  const refused = await ringpost('gateway', 'first', NUMBER, '-c', file);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('Bad Credentials');
  expect(refused.err).not.toContain(NUMBER.slice(1));

  server.answer = reply(429, '');
  expect((await ringpost('gateway', 'first', NUMBER, '-c', file)).code).toBe(75);
});

test('a running server sends it, and what came back is told', async () => {
  const provider = await playHttp(SENT);
  const broker = '[broker]\nhost = "127.0.0.1"\nport = 0\ntls = false';
  const { file, socket } = await configured(provider.url, broker);
  const config = await loadConfig(file, serverConfig);
  const around = { clock: systemClock, log: silentLog, observe: unobserved };
  const { signal } = new AbortController();
  await using server = await buildServer(config, around, signal);
  await using _control = await serveControl(socket, serverHandlers(server), around);
  // What it would open itself is no longer where the file says.
  await writeFile(file, (await readFile(file, 'utf8')).replace(provider.url, 'http://127.0.0.1:9'));
  expect((await ringpost('gateway', 'first', NUMBER, '-c', file)).code).toBe(0);
  expect(provider.received).toHaveLength(1);
  provider.answer = reply(429, '');
  expect((await ringpost('gateway', 'first', NUMBER, '-c', file)).code).toBe(75);
  const unknown = await ringpost('gateway', 'second', NUMBER, '-c', file);
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('there are: first') });
});

test('an unknown gateway and a number of another form are wrong usage', async () => {
  const { file } = await configured('http://127.0.0.1:9');
  const unknown = await ringpost('gateway', 'second', NUMBER, '-c', file);
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('there are: first') });
  const bad = await ringpost('gateway', 'first', '0151', '-c', file);
  expect(bad).toMatchObject({ code: 2, err: expect.stringContaining('international form') });
});
