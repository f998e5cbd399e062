import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ControlHandlers, callControl, serveControl } from '../../src/base/control.ts';
import { RingpostError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { settlable } from '../../src/base/settlable.ts';
import { temporaryDirectory } from '../support/room.ts';

async function serve(handlers: ControlHandlers): Promise<string> {
  const path = join(await temporaryDirectory(), 'agent.sock');
  const server = await serveControl(path, handlers, { log: silentLog });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return path;
}

/** Sends raw bytes and returns all that comes back until the agent closes. */
async function raw(path: string, ...chunks: string[]): Promise<string> {
  const socket = connect(path);
  for (const chunk of chunks) socket.write(chunk);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  // A reset after the answer is fine: the agent did not read the rest of what it refused.
  socket.on('error', () => {});
  await once(socket, 'close');
  return answer;
}

test('a call brings its arguments there, progress and the result back, over a socket of mode 0600', async () => {
  const path = await serve({
    add: async (args, reply) => {
      reply('adding');
      const [a, b] = args as [number, number];
      return a + b;
    },
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const progress: unknown[] = [];
  expect(await callControl(path, 'add', [1, 2], { onProgress: (one) => progress.push(one) })).toBe(3);
  expect(progress).toEqual(['adding']);
  expect(await raw(path, '{"call":"add","ar', 'gs":[2,2]}\n')).toBe('{"progress":"adding"}\n{"result":4}\n');
});

test('an error comes back with code, message and temporary', async () => {
  const path = await serve({
    fail: () =>
      Promise.reject(new RingpostError('the SIM is locked', { code: 'sim-locked', temporary: true })),
    nothing: async () => undefined,
  });
  await expect(callControl(path, 'fail', {})).rejects.toMatchObject({
    code: 'sim-locked',
    message: 'the SIM is locked',
    temporary: true,
  });
  await expect(callControl(path, 'toString', {})).rejects.toMatchObject({ code: 'bad-request' });
  expect(await callControl(path, 'nothing', undefined)).toBe(null);
});

test('without an agent the error says so', async () => {
  const path = join(await temporaryDirectory(), 'agent.sock');
  await expect(callControl(path, 'status', {})).rejects.toMatchObject({
    code: 'no-agent',
    message: /no agent runs/,
  });
});

test('garbage and over-long requests are refused, and the next call works', async () => {
  const path = await serve({ ping: async () => 'pong' });
  expect(await raw(path, 'garbage\n')).toContain('"bad-request"');
  expect(await raw(path, '[]\n')).toContain('"bad-request"');
  expect(await raw(path, 'x'.repeat(70_000))).toContain('"bad-request"');
  expect(await raw(path, `{"call":"ping","args":"${'x'.repeat(70_000)}"}\n`)).toContain('"bad-request"');
  expect(await callControl(path, 'ping', {})).toBe('pong');
});

test('a socket file that a crash left behind is taken over; a living agent is not', async () => {
  const path = join(await temporaryDirectory(), 'agent.sock');
  // Node removes the file when a server closes, so the stale one is made by a process that dies.
  const { spawnSync } = await import('node:child_process');
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  expect((await stat(path)).isSocket()).toBe(true);
  await using server = await serveControl(path, { ping: async () => 'pong' }, { log: silentLog });
  expect(server).toBeDefined();
  await expect(serveControl(path, {}, { log: silentLog })).rejects.toMatchObject({ code: 'agent-running' });
  expect(await callControl(path, 'ping', {})).toBe('pong');
});

test('the signal ends a call, and the handler learns that its caller is gone', async () => {
  const started = settlable();
  const gone = settlable<unknown>();
  const path = await serve({
    wait: async (_args, _reply, signal) => {
      started.resolve();
      await once(signal, 'abort');
      gone.resolve(signal.reason);
    },
  });
  const controller = new AbortController();
  const call = callControl(path, 'wait', {}, { signal: controller.signal });
  await started.promise;
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  expect(await gone.promise).toMatchObject({ code: 'caller-gone' });
});

test('the signal closes the server and its file, and ends callers with a temporary error', async () => {
  const path = join(await temporaryDirectory(), 'agent.sock');
  const controller = new AbortController();
  const started = settlable();
  const handlers: ControlHandlers = {
    wait: () => {
      started.resolve();
      return new Promise(() => {});
    },
  };
  await serveControl(path, handlers, { log: silentLog }, controller.signal);
  const call = callControl(path, 'wait', {});
  await started.promise;
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'agent-lost', temporary: true });
  await expect(callControl(path, 'wait', {})).rejects.toMatchObject({ code: 'no-agent' });
});

test('what answers there but is no agent is named', async () => {
  const path = join(await temporaryDirectory(), 'other.sock');
  const other = createServer((socket) => socket.end('{"hello":1}\n')).listen(path);
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  await expect(callControl(path, 'status', {})).rejects.toMatchObject({ code: 'agent-confused' });
});
