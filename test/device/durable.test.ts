import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LinkError } from '../../src/link/link.ts';
import { MailError } from '../../src/mail/errors.ts';
import { world } from '../support/device.ts';
import { inStep, SERVER_NUMBER, syncRequest, untilAborted } from '../support/device-edge.ts';

const noNetwork = new LinkError('ATD*99#: NO CARRIER', { code: 'link-refused', temporary: true });

test('R7 the message server is silent: a verified SMS still synchronises, and the kept report goes first next time', async () => {
  const w = await world();
  w.server.reachable = false;
  const first = await w.boot();
  w.sms(w.trigger());
  await w.until(() => w.links === 1);
  await w.quiet();
  await w.clock.advance(44_000);
  expect(w.jobs).toEqual([]);
  await w.clock.advance(1000);
  await w.sessions(1);
  expect(w.jobs).toMatchObject([{ targets: undefined }]);
  expect(first.device.status()).toMatchObject({ unsentReports: 1, owed: undefined });
  await first.stop();

  // Not even a power cut loses the report.
  w.server.reachable = true;
  const second = await w.reboot();
  w.journal.length = 0;
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.journal.indexOf('report')).toBeLessThan(w.journal.indexOf('hello'));
  expect(w.server.reports.map(({ request }) => request)).toEqual([undefined, 'r1']);
  expect(second.device.status().unsentReports).toBe(0);
});

test('the fall-back can be switched off', async () => {
  const w = await world({ policy: { fallBack: false } });
  w.server.reachable = false;
  await w.boot();
  w.sms(w.trigger());
  await w.until(() => w.links === 1);
  await w.quiet();
  await w.clock.advance(45_000);
  await w.sessions(1);
  expect(w.jobs).toEqual([]);
});

test('a report whose PUBACK never came is sent again', async () => {
  const w = await world();
  await w.boot();
  w.server.refuses = (topic) => topic.endsWith('/report');
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.server.reports).toEqual([]);
  w.server.refuses = () => false;
  w.server.answer = () => syncRequest('r2', 5);
  w.sms(w.trigger());
  await w.sessions(2);
  expect(w.server.reports.map(({ request }) => request)).toEqual(['r1', 'r2']);
});

test('R14 a session that finds no network is tried again after each wait, then left to the server', async () => {
  const w = await world({ policy: { retryMs: [30_000, 120_000] } });
  const { device } = await w.boot();
  w.linkFails = noNetwork;
  w.sms(w.trigger());
  await w.sessions(1);
  await w.clock.advance(29_000);
  await w.quiet();
  expect(w.texts('swept')).toHaveLength(1);
  await w.clock.advance(1000);
  await w.sessions(2);
  await w.clock.advance(120_000);
  await w.sessions(3);
  expect(w.texts('failed').at(-1)).toMatch(/until the server rings again/);
  expect(device.status().owed).toBeUndefined();

  w.linkFails = undefined;
  w.sms(w.trigger());
  await w.sessions(4);
  expect(w.server.reports).toHaveLength(1);
});

test('R14 a session that is lost in the middle is resumed by the device: the server knows nothing of it', async () => {
  const w = await world({ policy: { retryMs: [30_000] } });
  await w.boot();
  const lost = inStep(3).mailboxes.map((one) => ({
    ...one,
    result: 'failed' as const,
    reason: 'the call is over',
  }));
  w.server.refuses = (topic) => topic.endsWith('/report');
  w.synchronise = async () => ({ ...inStep(3), mailboxes: lost });
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.texts('synchronised').join()).toContain('the call is over');
  w.server.refuses = () => false;
  w.synchronise = async () => inStep(5);
  await w.clock.advance(30_000);
  await w.sessions(2);
  expect(w.server.reports.at(-1)).toMatchObject({ request: 'r1', result: 'ok' });
});

test('a failed synchronisation is reported with its reason, and the session is over', async () => {
  const w = await world({ policy: { retryMs: [30_000] } });
  const { device } = await w.boot();
  w.synchronise = () => Promise.reject(new MailError('LOGIN: NO', { code: 'auth-refused' }));
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.server.reports).toMatchObject([
    { request: 'r1', result: 'failed', reason: 'LOGIN: NO', reached: [] },
  ]);
  expect(device.status().owed).toBeUndefined();
});

test('a session ends at its deadline, whatever hangs; the data session is taken down', async () => {
  const w = await world({ policy: { sessionMs: 100_000 } });
  await w.boot();
  w.synchronise = () => new Promise(() => {});
  w.sms(w.trigger());
  await w.until(() => w.jobs.length === 1);
  await w.clock.advance(100_000 + 20_000);
  await w.sessions(1);
  expect(w.journal.filter((entry) => entry === 'link down')).toHaveLength(1);
  expect(w.texts('failed').join()).toContain('no answer within 100 s');
});

test('what was reached when the time was over counts', async () => {
  const w = await world({ policy: { sessionMs: 100_000 } });
  const { device } = await w.boot();
  w.synchronise = (job) => untilAborted(job).catch(() => inStep(4));
  w.sms(w.trigger());
  await w.until(() => w.jobs.length === 1);
  await w.clock.advance(100_000);
  await w.sessions(1);
  expect(device.status()).toMatchObject({ unsentReports: 1, sessions: [{ result: 'ok', fetched: 1 }] });
});

test('a session that was cut is finished after the restart', async () => {
  const w = await world();
  const first = await w.boot();
  w.synchronise = untilAborted;
  w.sms(w.trigger());
  await w.until(() => w.jobs.length === 1);
  await first.stop();
  expect(w.store).toEqual([]);
  expect(w.journal.at(-1)).not.toBe('report');

  w.synchronise = async () => inStep(5);
  await w.reboot();
  await w.sessions(1);
  expect(w.server.reports).toMatchObject([{ request: 'r1', result: 'ok', cause: 'sms' }]);
});

test('a request that was received survives the cut: after a call it is enough when the message server is gone', async () => {
  const w = await world({ callers: [SERVER_NUMBER] });
  const first = await w.boot();
  w.synchronise = untilAborted;
  w.call(SERVER_NUMBER);
  await w.until(() => w.jobs.length === 1);
  await first.stop();

  w.synchronise = async () => inStep(5);
  w.server.reachable = false;
  await w.reboot();
  await w.until(() => w.links === 2);
  await w.quiet();
  await w.clock.advance(45_000);
  await w.sessions(1);
  expect(w.jobs[1]).toMatchObject({ targets: [{ uidnext: 5 }] });
});

test('R14 cut at every write to the disk, the restarted device finishes what the trigger asked for', async () => {
  // Each run is one device whose disk fails at the n-th write, as in a power cut, and then a restart.
  const run = async (cutAt: number) => {
    const w = await world();
    const first = await w.boot();
    const text = w.trigger();
    let writes = 0;
    w.onDisk = () => {
      writes += 1;
      if (writes >= cutAt) throw Object.assign(new Error('power cut'), { code: 'EIO' });
    };
    w.sms(text);
    await w.until(() => writes >= cutAt || w.steps.some(({ name }) => name === 'swept'));
    await w.quiet();
    await first.stop();
    w.onDisk = () => {};
    const { device, stop } = await w.reboot();
    await w.until(
      () => w.server.reports.length > 0 && w.store.length === 0 && device.status().unsentReports === 0,
    );
    await w.until(() => device.status().owed === undefined);
    expect(w.server.reports.at(-1)).toMatchObject({ request: 'r1', result: 'ok' });
    expect(w.links).toBeLessThanOrEqual(2);
    await stop();
    return writes >= cutAt;
  };
  let cuts = 0;
  while (await run(cuts + 1)) cuts += 1;
  expect(cuts).toBeGreaterThan(8);
});

test('a trigger whose sessions take the power down again and again is given up', async () => {
  const w = await world({ policy: { mostTries: 3 } });
  w.synchronise = untilAborted;
  let running = await w.boot();
  w.sms(w.trigger());
  for (let boots = 1; boots <= 3; boots += 1) {
    await w.until(() => w.jobs.length === boots);
    await running.stop();
    running = await w.reboot();
  }
  await w.until(() => w.texts('failed').length === 1);
  expect(w.texts('failed')).toEqual(['given up until the server rings again']);
  expect(w.links).toBe(3);
});

test('an SMS that cannot be deleted yet is acted upon all the same, once', async () => {
  const w = await world();
  await w.boot();
  const sms = w.sms('to be replaced');
  await w.until(() => w.store.length === 0);
  const text = w.trigger();
  const stuck = { ...sms, text, done: () => Promise.reject(new Error('+CMS ERROR: 500')) };
  w.modem.push(stuck);
  await w.sessions(1);
  w.modem.push(stuck);
  await w.until(() => w.texts('refused').length === 1);
  expect(w.links).toBe(1);
});

test('D9 the budget of sessions holds across a restart, for SMS and calls apart; mail waits, the user may still', async () => {
  const budget = { sessionsPerHour: 2 };
  const w = await world({ callers: [SERVER_NUMBER], policy: { budget, callBudget: { sessionsPerHour: 1 } } });
  const first = await w.boot();
  w.sms(w.trigger());
  await w.sessions(1);
  w.sms(w.trigger());
  await w.sessions(2);
  await first.stop();

  const { device } = await w.reboot();
  w.sms(w.trigger());
  await w.until(() => w.texts('ignored').length === 1);
  expect(w.texts('ignored')).toEqual(['no session: the budget is used up: 2 of 2 sessions in the last hour']);
  expect(device.status().owed).toBeUndefined();
  w.call(SERVER_NUMBER);
  await w.sessions(1);
  w.call(SERVER_NUMBER);
  await w.until(() => w.texts('ignored').length === 2);
  expect(w.links).toBe(3);
  expect(await device.syncNow()).toMatchObject({ cause: 'user', result: 'ok' });

  await w.clock.advance(3_600_000);
  w.sms(w.trigger());
  await w.sessions(3);
});

test('D9 the budget of bytes is refused when used up, and is good again the next day', async () => {
  const w = await world({ policy: { budget: { bytesPerDay: 2200 } } });
  const { device } = await w.boot();
  w.sms(w.trigger());
  await w.sessions(1);
  expect(device.status().budget.sms).toMatchObject({ bytesToday: 2200, bytesThisMonth: 2200 });
  w.sms(w.trigger());
  await w.until(() => w.texts('ignored').length === 1);
  expect(w.texts('ignored')[0]).toContain('2200 of 2200 bytes today');
  await w.clock.advance(86_400_000);
  w.sms(w.trigger());
  await w.sessions(2);
});

test('D10 each session is in the history with what it cost, also after a restart', async () => {
  const w = await world();
  const first = await w.boot();
  w.synchronise = async () => {
    await w.clock.advance(2500);
    return inStep(5);
  };
  w.sms(w.trigger());
  await w.sessions(1);
  await first.stop();
  const { device } = await w.reboot();
  const cost = { seconds: 2.5, bytesUp: 700, bytesDown: 1500, roundTrips: 1 };
  expect(device.status().sessions).toMatchObject([{ cause: 'sms', result: 'ok', fetched: 1, cost }]);
  const lines = (await readFile(join(w.directory, 'state', 'sessions.jsonl'), 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(1);
});
