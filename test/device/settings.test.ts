import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callControl, serveControl } from '../../src/base/control.ts';
import { silentLog } from '../../src/base/log.ts';
import { deviceHandlers } from '../../src/device/handlers.ts';
import { world } from '../support/device.ts';
import { SERVER_NUMBER, syncRequest } from '../support/device-edge.ts';

test('R10 switching off at the device is on the disk, told at once, and holds until the server switched it on again', async () => {
  const w = await world({ callers: [SERVER_NUMBER] });
  const { device } = await w.boot();
  expect(await device.setSettings({ on: false })).toMatchObject({ on: false });
  const stored = JSON.parse(await readFile(join(w.directory, 'state', 'settings.json'), 'utf8'));
  expect(stored.mine).toMatchObject({ on: false, revision: 1 });
  await w.sessions(1);
  expect(w.server.told).toMatchObject([{ on: false, revision: 1 }]);
  expect(w.server.hellos).toEqual([]);

  // The server sends nothing while it is off there, so a call, which proves nothing, is ignored ...
  w.call(SERVER_NUMBER);
  await w.until(() => w.texts('ignored').length === 1);
  await w.quiet();
  expect(w.links).toBe(1);
  expect(w.count('hang-up')).toBe(1);
  // ... and a verified SMS is reason to ask, but not to synchronise: it may have been switched on there.
  w.sms(w.trigger());
  await w.sessions(2);
  expect(w.store).toEqual([]);
  expect(w.count('mail open')).toBe(0);
  expect(w.server.reports).toMatchObject([{ result: 'off' }]);

  w.server.settings = { on: true, intervalSeconds: 600, revision: 1, seen: 1 };
  w.sms(w.trigger());
  await w.sessions(3);
  expect(device.status().on).toBe(true);
  expect(w.jobs).toHaveLength(1);
});

test('R10 until the server knows of it, an off ignores every trigger, and its counter is used up all the same', async () => {
  const w = await world({ policy: { retryMs: [3_600_000] } });
  const { device } = await w.boot();
  w.server.refuses = () => true;
  await device.setSettings({ on: false });
  await w.sessions(1);
  const text = w.trigger();
  w.sms(text);
  await w.until(() => w.texts('ignored').length === 1);
  await w.quiet();
  expect(w.links).toBe(1);
  expect(w.store).toEqual([]);
  w.server.refuses = () => false;
  await device.setSettings({ on: true });
  await w.sessions(2);
  w.sms(text);
  await w.until(() => w.texts('refused').length === 1);
  w.sms(w.trigger());
  await w.sessions(3);
  expect(w.jobs).toHaveLength(1);
});

test('R10 while off the user can synchronise by hand', async () => {
  const w = await world();
  w.server.answer = () => ({ do: 'nothing', request: 'n1' });
  const { device } = await w.boot();
  await device.setSettings({ on: false });
  await w.sessions(1);
  expect(await device.syncNow()).toMatchObject({ cause: 'user', result: 'ok', fetched: 1 });
  expect(w.server.hellos).toMatchObject([{ cause: 'user', settings: 1 }]);
  expect(w.server.reports).toMatchObject([{ cause: 'user', result: 'ok' }]);
  expect(w.server.reports[0]).not.toHaveProperty('request');
});

test('R10 R12 off that could not be told is tried again, and survives a restart', async () => {
  const w = await world({ policy: { retryMs: [30_000] } });
  const first = await w.boot();
  w.server.refuses = () => true;
  await first.device.setSettings({ on: false, intervalSeconds: 1800 });
  await w.sessions(1);
  await w.clock.advance(30_000);
  await w.sessions(2);
  await w.clock.advance(86_400_000);
  await w.quiet();
  expect(w.links).toBe(2);
  expect(first.device.status()).toMatchObject({ on: false, intervalSeconds: 1800, settingsUntold: true });
  await first.stop();

  w.server.refuses = () => false;
  const { device } = await w.reboot();
  await w.sessions(1);
  expect(w.server.told).toMatchObject([{ on: false, intervalSeconds: 1800, revision: 1 }]);
  expect(device.status().settingsUntold).toBe(false);
});

test('R10 off at the server is heard in a session and holds at the device', async () => {
  const w = await world();
  w.server.settings = { on: false, intervalSeconds: 600, revision: 1, seen: 0 };
  const { device } = await w.boot();
  w.sms(w.trigger());
  await w.sessions(1);
  expect(device.status().on).toBe(false);
  expect(w.jobs).toEqual([]);
  expect(w.server.reports).toMatchObject([{ request: 'r1', result: 'off', reached: [] }]);

  // An on that has seen the off replaces it.
  await device.setSettings({ on: true });
  await w.until(() => w.server.told.some(({ on }) => on));
  expect(w.server.told.at(-1)).toMatchObject({ on: true, seen: 1 });
});

test('R12 the interval changed at the device goes along with the next session when the network is away', async () => {
  const w = await world();
  const { device } = await w.boot();
  w.server.refuses = (topic) => topic.endsWith('/settings/device');
  await device.setSettings({ intervalSeconds: 60 });
  await w.sessions(1);
  w.server.refuses = () => false;
  w.sms(w.trigger());
  await w.sessions(2);
  expect(w.server.told).toMatchObject([{ on: true, intervalSeconds: 60 }]);
  await expect(device.setSettings({ intervalSeconds: -1 })).rejects.toMatchObject({ code: 'bad-settings' });
});

test('the fall-back poll synchronises after its time, never while off', async () => {
  const w = await world({ policy: { pollMs: 3_600_000 } });
  const { device } = await w.boot();
  w.server.answer = () => ({ do: 'nothing', request: 'n1' });
  await w.clock.advance(3_599_000);
  await w.quiet();
  expect(w.links).toBe(0);
  await w.clock.advance(1000);
  await w.sessions(1);
  expect(w.server.hellos).toMatchObject([{ cause: 'poll' }]);
  expect(w.jobs).toHaveLength(1);
  await device.setSettings({ on: false });
  await w.sessions(2);
  await w.clock.advance(20 * 3_600_000);
  await w.quiet();
  expect(w.links).toBe(2);
});

test('ringpost sync and settings reach the running agent over its socket', async () => {
  const w = await world();
  w.server.answer = () => syncRequest('r1', 5);
  const { device, stop } = await w.boot();
  const path = join(w.directory, 'agent.sock');
  await using server = await serveControl(path, deviceHandlers(device), { log: silentLog });
  expect(server).toBeDefined();
  const steps: unknown[] = [];
  const record = await callControl(path, 'sync', {}, { onProgress: (step) => steps.push(step) });
  expect(record).toMatchObject({ cause: 'user', result: 'ok', cost: { bytesDown: 1500 } });
  expect(steps).toMatchObject([
    { name: 'data-session' },
    { name: 'request' },
    { name: 'synchronised' },
    { name: 'report' },
    { name: 'closed' },
  ]);
  expect(await callControl(path, 'settings', { intervalSeconds: 900 })).toMatchObject({
    intervalSeconds: 900,
  });
  await w.sessions(2);
  expect(await callControl(path, 'status', {})).toMatchObject({
    device: 'handheld-1',
    listening: true,
    settingsUntold: false,
  });
  await expect(callControl(path, 'settings', { off: true })).rejects.toMatchObject({ code: 'bad-request' });
  await stop();
  await expect(callControl(path, 'sync', {})).rejects.toMatchObject({ code: 'no-modem', temporary: true });
});

test('R10 an off that the broker acknowledged and then lost is told again in the session whose answer shows it', async () => {
  const w = await world();
  const { device } = await w.boot();
  await device.setSettings({ on: false });
  await w.sessions(1);
  expect(w.server.told).toHaveLength(1);
  w.server.answer = () => ({ do: 'nothing', request: 'n1', settings: 0 });
  await device.syncNow();
  expect(w.server.told).toMatchObject([{ on: false }, { on: false, revision: 1 }]);
  // Once for each such answer; one that names no revision, or ours, has everything.
  w.server.answer = () => ({ do: 'nothing', request: 'n2', settings: 1 });
  await device.syncNow();
  expect(w.server.told).toHaveLength(2);
});
