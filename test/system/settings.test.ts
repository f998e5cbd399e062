import { expect, test, vi } from 'vitest';
import { DEVICE } from '../../src/cli/demo/parts.ts';
import { type System, startSystem } from '../support/system.ts';

/** Waits until the message server holds these settings of the handheld. */
async function atServer(system: System, wanted: object): Promise<void> {
  await system.until(async () => {
    expect((await system.server.messageServer?.status(DEVICE))?.settings).toMatchObject(wanted);
  });
}

async function stays(system: System, since: number): Promise<void> {
  await system.timeline.expect('held-back', { since });
  await system.timeline.expectNone('sms-sent', { since, ms: 300 });
  expect(system.happened('sms-submitted', 'call-placed')).toEqual([]);
  expect(await system.mails()).toEqual([]);
}

test('R10 switched off at the device nothing is sent and mail waits; on again it comes', async () => {
  const system = await startSystem();
  await system.device.setSettings({ on: false });
  await atServer(system, { on: false });
  const since = system.timeline.mark();
  const sent = await system.send('Waits for the device');
  await stays(system, since);
  await system.device.setSettings({ on: true });
  await system.arrives(sent);
  expect(system.happened('sms-submitted')).toHaveLength(1);
});

test('R10 switched off at the server likewise; a sync by hand fetches meanwhile', async () => {
  const system = await startSystem();
  await system.server.messageServer?.setSettings(DEVICE, { on: false });
  const since = system.timeline.mark();
  const sent = await system.send('Waits for the server');
  await stays(system, since);
  expect(await system.device.syncNow()).toMatchObject({ cause: 'user', result: 'ok', fetched: 1 });
  await system.arrives(sent);
  expect(system.happened('sms-submitted')).toEqual([]);
  await system.server.messageServer?.setSettings(DEVICE, { on: true });
  await system.arrives(await system.send('Comes by itself'));
});

test('R11 the last synchronisation is logged; mail that comes sooner than the interval waits, then comes at once', async () => {
  const system = await startSystem();
  const before = Date.now();
  await system.arrives(await system.send('The first'));
  await system.until(async () => expect(await system.sessions()).toHaveLength(1));
  // The line is in the log a moment before the state is stored.
  const lastSync = await vi.waitFor(async () => {
    const status = await system.server.messageServer?.status(DEVICE);
    expect(status?.lastSync).toEqual(expect.any(Number));
    return status?.lastSync;
  });
  expect(lastSync).toBeGreaterThanOrEqual(before);
  expect(lastSync).toBeLessThanOrEqual(Date.now());
  await system.server.messageServer?.setSettings(DEVICE, { intervalSeconds: 2 });
  const since = system.timeline.mark();
  const sent = [await system.send('One'), await system.send('Two'), await system.send('Three')];
  await system.timeline.expect('held-back', { since });
  expect(system.happened('sms-submitted')).toHaveLength(1);
  for (const mail of sent) await system.arrives(mail);
  const [first, second, ...more] = system.happened('sms-submitted');
  expect(more).toEqual([]);
  expect((second?.at ?? 0) - (lastSync ?? 0)).toBeGreaterThanOrEqual(2000);
  expect(first?.at).toBeLessThan(lastSync ?? 0);
  await system.until(async () => {
    expect(await system.sessions()).toMatchObject([{ result: 'ok' }, { result: 'ok' }]);
  });
});

test('R12 the interval is changed from the device and at the server, and each tells the other', async () => {
  const system = await startSystem();
  await system.device.setSettings({ intervalSeconds: 1200 });
  await atServer(system, { on: true, intervalSeconds: 1200 });
  await system.server.messageServer?.setSettings(DEVICE, { intervalSeconds: 1 });
  await system.arrives(await system.send('Brings the news along'));
  await system.until(() => expect(system.device.status()).toMatchObject({ intervalSeconds: 1 }));
});
