import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callControl, serveControl } from '../../src/base/control.ts';
import { silentLog } from '../../src/base/log.ts';
import { deviceHandlers } from '../../src/device/handlers.ts';
import { world } from '../support/device.ts';
import { inStep } from '../support/device-edge.ts';

test('what ringpost fetch asks for over the socket is in the job of a session of its own', async () => {
  const w = await world();
  const { device } = await w.boot();
  const path = join(w.directory, 'agent.sock');
  await using server = await serveControl(path, deviceHandlers(device), { log: silentLog });
  expect(server).toBeDefined();
  const steps: unknown[] = [];
  const wanted = { mailbox: 'Work', which: ['<a@b.example>', '1.M2P3.host,U=1.x.7'] };
  const record = await callControl(path, 'fetch', wanted, { onProgress: (step) => steps.push(step) });
  expect(record).toMatchObject({ cause: 'user', result: 'ok' });
  expect(steps).toContainEqual(expect.objectContaining({ name: 'synchronised' }));
  expect(w.jobs).toMatchObject([{ fetch: [wanted], consent: false }]);
  await callControl(path, 'fetch', {});
  expect(w.jobs[1]?.fetch).toEqual([{ which: 'all' }]);
  await callControl(path, 'sync', {});
  expect(w.jobs[2]?.fetch).toEqual([]);
  for (const wrong of [{ which: [] }, { which: 'some' }, { mailbox: '' }, { messages: ['<a@b>'] }])
    await expect(callControl(path, 'fetch', wrong)).rejects.toMatchObject({ code: 'bad-request' });
  expect(w.jobs).toHaveLength(3);
});

test('wishes that wait together share a session, which brings what each wants', async () => {
  const w = await world();
  const { device } = await w.boot();
  let waiting: Promise<unknown>[] = [];
  w.synchronise = async () => {
    // While the first session runs.
    waiting = [
      device.syncNow({ fetch: { which: ['<a@b.example>'] } }),
      device.syncNow({ consent: true }),
      device.syncNow({ fetch: { mailbox: 'Work', which: 'all' } }),
    ];
    w.synchronise = async () => inStep(5);
    return inStep(5);
  };
  await device.syncNow();
  await Promise.all(waiting);
  expect(w.jobs).toHaveLength(2);
  expect(w.jobs[1]).toMatchObject({
    consent: true,
    fetch: [{ which: ['<a@b.example>'] }, { mailbox: 'Work', which: 'all' }],
  });
});

test('a session by a trigger brings nothing whole', async () => {
  const w = await world();
  await w.boot();
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.jobs).toMatchObject([{ fetch: [], consent: false }]);
});
