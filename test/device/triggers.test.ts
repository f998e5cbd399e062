import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sealTrigger } from '../../src/trigger/seal.ts';
import { world } from '../support/device.ts';
import { DEVICE, inStep, KEY, SERVER_NUMBER, START, syncRequest } from '../support/device-edge.ts';

const forgedKey = { id: KEY.id, secret: Buffer.alloc(32, 0x66) };

test('R7 R14 a verified SMS leads to one data session: hello, request, synchronisation, report, close, sweep', async () => {
  const w = await world();
  await w.boot();
  w.sms(`Your gateway says: ${w.trigger()}`);
  await w.sessions(1);

  expect(w.server.hellos).toEqual([{ cause: 'sms', counter: 1, settings: 0, seen: 0, key: KEY.id }]);
  expect(w.jobs[0]).toMatchObject({
    targets: [{ mailbox: 'INBOX', uidvalidity: 1, uidnext: 5 }],
    hint: { count: 1 },
  });
  expect(w.server.reports).toEqual([
    {
      request: 'r1',
      reached: [{ mailbox: 'INBOX', uidvalidity: 1, uidnext: 5 }],
      result: 'ok',
      cause: 'sms',
      cost: { seconds: 0, bytesUp: 700, bytesDown: 1500, roundTrips: 1 },
      at: START,
    },
  ]);
  const order = ['link up', 'hello', 'synchronise', 'report', 'link down', 'sweep'];
  expect(w.journal.filter((entry) => order.includes(entry))).toEqual(order);
  expect(w.steps.map(({ name }) => name)).toEqual([
    'listening',
    'verified',
    'data-session',
    'request',
    'synchronised',
    'report',
    'closed',
    'swept',
  ]);
  expect(w.store).toEqual([]);
});

test('R8 counter and owed session are on the disk before the SMS is deleted and before the link opens', async () => {
  const w = await world();
  await w.boot();
  w.journal.length = 0;
  w.sms(w.trigger());
  await w.sessions(1);
  const at = (entry: string) => w.journal.indexOf(entry);
  const counter = at('store counters.json');
  const owed = w.journal.indexOf('store pending.json', counter);
  expect(counter).toBeGreaterThanOrEqual(0);
  expect(owed).toBeGreaterThan(counter);
  expect(at('sms deleted')).toBeGreaterThan(owed);
  expect(at('link up')).toBeGreaterThan(owed);
  expect(at('store reports.json')).toBeGreaterThan(at('synchronise'));
  expect(at('store reports.json')).toBeLessThan(at('report'));
});

test("the IMAP connection starts with the message server's after an SMS, and only after the request after a call", async () => {
  const w = await world({ callers: [SERVER_NUMBER] });
  await w.boot();
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.journal.indexOf('mail open')).toBeLessThan(w.journal.indexOf('hello'));

  w.journal.length = 0;
  w.call(SERVER_NUMBER);
  await w.sessions(2);
  expect(w.journal.indexOf('mail open')).toBeGreaterThan(w.journal.indexOf('hello'));
});

test.each([
  ['forged', () => sealTrigger(forgedKey, DEVICE, 50), /not sealed for handheld-1/],
  ["another device's", () => sealTrigger(KEY, 'handheld-2', 50), /not sealed for handheld-1/],
  ["unknown key's", () => sealTrigger({ ...KEY, id: 9 }, DEVICE, 50), /names key 9/],
  ['truncated', () => sealTrigger(KEY, DEVICE, 50).slice(0, -1), /cut or garbled/],
  ['oversized', () => `${sealTrigger(KEY, DEVICE, 50)}AAAA`, /too long/],
])('R8 a trigger that is %s is refused with a reason and opens no session', async (_name, text, reason) => {
  const w = await world();
  await w.boot();
  w.sms(text());
  await w.until(() => w.store.length === 0);
  await w.quiet();
  expect(w.texts('refused')).toEqual([expect.stringMatching(reason)]);
  expect(w.links).toBe(0);
  // The next real one works, whatever counter the false one showed.
  w.sms(w.trigger());
  await w.sessions(1);
});

test('R8 a replayed SMS is refused, also after a restart', async () => {
  const w = await world();
  const first = await w.boot();
  const text = w.trigger();
  w.sms(text);
  await w.sessions(1);
  w.sms(text);
  await w.until(() => w.texts('refused').length === 1);
  await first.stop();

  await w.reboot();
  w.sms(text);
  await w.until(() => w.store.length === 0);
  await w.quiet();
  expect(w.texts('refused')).toEqual(['trigger refused: counter 1 of key 3 was used up before']);
  expect(w.links).toBe(1);
});

test('an SMS that is no trigger is kept once, mode 0600, before it leaves the modem', async () => {
  const w = await world();
  const first = await w.boot();
  const path = join(w.directory, 'state', 'inbox.jsonl');
  w.sms('See you at RP1 Street at 8?', '+4917012345678');
  const sms = w.sms('Happy birthday 🎂', 'ALICE');
  await w.until(() => w.store.length === 0);
  await first.stop();
  // The deletion was cut off: it is found again.
  w.store.push(sms);
  await w.reboot();
  await w.until(() => w.store.length === 0);

  const lines = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { from: '+4917012345678', text: 'See you at RP1 Street at 8?' },
    { from: 'ALICE', text: 'Happy birthday 🎂', sentAt: new Date(START).toISOString() },
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(w.journal.indexOf('append inbox.jsonl')).toBeLessThan(w.journal.indexOf('sms deleted'));
  expect(w.links).toBe(0);
  expect(JSON.stringify(w.steps)).not.toContain('17012345678');
});

test('when the inbox file is full the text stays in the modem, and triggers still work', async () => {
  const w = await world({ policy: { inboxBytes: 100 } });
  await w.boot();
  w.sms('x'.repeat(120), 'BOB');
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.store.map(({ from }) => from)).toEqual(['BOB']);
});

test('R8 a call from a listed number is never answered: it is hung up, then a session is opened', async () => {
  const w = await world({ callers: ['+49 151 0000 0001'], country: '49' });
  await w.boot();
  w.call('015100000001');
  await w.sessions(1);
  expect(w.journal.indexOf('hang-up')).toBeLessThan(w.journal.indexOf('link up'));
  expect(w.server.hellos).toMatchObject([{ cause: 'call' }]);
  expect(w.server.reports).toMatchObject([{ request: 'r1', result: 'ok', cause: 'call' }]);
  expect(w.steps.map(({ name }) => name).slice(1, 3)).toEqual(['hang-up', 'data-session']);
});

test('R8 other callers are left ringing, and without a list every caller is', async () => {
  for (const callers of [[SERVER_NUMBER], []]) {
    const w = await world({ callers });
    await w.boot();
    w.call('+4917012345678');
    w.call(undefined);
    w.call(callers.length === 0 ? SERVER_NUMBER : '015100000001');
    await w.until(() => w.texts('ignored').length === 3);
    await w.quiet();
    expect(w.count('hang-up')).toBe(0);
    expect(w.links).toBe(0);
  }
});

test('R8 a call without a request synchronises nothing, although the message server is silent', async () => {
  const w = await world({ callers: [SERVER_NUMBER] });
  w.server.reachable = false;
  await w.boot();
  w.call(SERVER_NUMBER);
  await w.until(() => w.links === 1);
  await w.clock.advance(45_000);
  await w.sessions(1);
  expect(w.count('mail open')).toBe(0);
  expect(w.texts('failed')).toHaveLength(2);
});

test('triggers that come during a session lead to one more, unless the session covers them', async () => {
  const w = await world();
  await w.boot();
  let during = () => {
    w.sms(w.trigger());
    w.sms(w.trigger());
  };
  w.synchronise = async () => {
    during();
    during = () => {};
    await w.until(() => w.store.length === 0);
    return inStep(5);
  };
  w.sms(w.trigger());
  await w.sessions(2);
  await w.quiet();
  expect(w.links).toBe(2);
});

test('a request that comes during the synchronisation is served in the same session', async () => {
  const w = await world();
  await w.boot();
  w.synchronise = async () => {
    if (w.jobs.length > 1) return inStep(9);
    await w.server.push(syncRequest('r2', 9));
    return inStep(5);
  };
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.links).toBe(1);
  expect(w.server.reports.map(({ request, reached }) => [request, reached[0]?.uidnext])).toEqual([
    ['r1', 5],
    ['r2', 9],
  ]);
});

test('an expired request is ignored, and a queued "nothing" does not hide the answer behind it', async () => {
  const w = await world();
  await w.boot();
  w.server.answer = () => undefined;
  w.server.beforePuback = async () => {
    w.server.beforePuback = async () => {};
    await w.server.push({ do: 'nothing', request: 'old' });
    await w.server.push(syncRequest('older', 3, START - 1));
  };
  w.sms(w.trigger());
  await w.until(() => w.server.hellos.length === 1);
  await w.quiet();
  await w.clock.advance(1500);
  expect(w.texts('closed')).toEqual([]);
  await w.server.push(syncRequest('r7', 5));
  await w.sessions(1);
  expect(w.server.reports.map(({ request }) => request)).toEqual(['r7']);
});

test('the server has nothing to do: the session closes without a synchronisation', async () => {
  const w = await world();
  w.server.answer = () => ({ do: 'nothing', request: 'n1' });
  await w.boot();
  w.sms(w.trigger());
  await w.until(() => w.server.hellos.length === 1);
  await w.quiet();
  await w.clock.advance(2000);
  await w.sessions(1);
  expect(w.jobs).toEqual([]);
  expect(w.journal).toContain('mail closed');
});
