import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inWords } from '../../src/cli/commands/sync.ts';
import { MailError } from '../../src/mail/errors.ts';
import type { OutboxResult } from '../../src/mail/outbox/options.ts';
import { world } from '../support/device.ts';
import { syncRequest } from '../support/device-edge.ts';
import { linesOf } from '../support/on-disk.ts';

const EMPTY: OutboxResult = {
  sent: [],
  refused: [],
  left: 0,
  cost: { bytesUp: 0, bytesDown: 0, roundTrips: 0 },
};
const MIXED: OutboxResult = {
  sent: [
    { base: '1', subject: 'one', accepted: 1, missed: [], perhapsTwice: true },
    {
      base: '2',
      subject: 'two',
      accepted: 1,
      missed: [{ address: 'bob@example.org', reason: '550 no such user' }],
      perhapsTwice: false,
    },
  ],
  refused: [{ base: '3', subject: 'three', reason: 'it names no recipient (To, Cc, Bcc)' }],
  left: 1,
  error: new MailError('"four" waits: 450 later', { code: 'server-refused', temporary: true }),
  cost: { bytesUp: 10, bytesDown: 10, roundTrips: 6 },
};

async function session(outbox: NonNullable<Awaited<ReturnType<typeof world>>['outbox']>) {
  const w = await world();
  w.outbox = outbox;
  const { device } = await w.boot();
  return { w, device };
}

test('the Outbox is emptied before the synchronisation, and the user is told each by name', async () => {
  const { w, device } = await session(async () => MIXED);
  const record = await device.syncNow();
  const order = ['link up', 'submit', 'synchronise', 'link down'];
  expect(w.journal.filter((entry) => order.includes(entry))).toEqual(order);
  expect(w.texts('submitted')).toEqual(['sent 2 mails; 1 mail refused; 1 mail waits for the next session']);
  expect(record).toMatchObject({ result: 'ok', outbox: { sent: 2, refused: 1, left: 1 } });
  expect(record.cost.roundTrips).toBe(7);
  expect(inWords(record).split('\n').slice(1)).toEqual([
    'not sent: "three": it names no recipient (To, Cc, Bcc)',
    '"two" did not go to bob@example.org: 550 no such user',
    '"one" may have been sent twice: an earlier attempt was cut off',
    'Outbox: "four" waits: 450 later',
  ]);
  expect(inWords(record)).toMatch(/^in step: 1 new mail .*; sent 2 mails; 1 mail refused; 1 mail waits/);
  expect(await linesOf(join(w.directory, 'state', 'sessions.jsonl'))).toMatchObject([
    { outbox: { sent: 2, said: expect.arrayContaining([expect.stringContaining('"three"')]) } },
  ]);
});

test('nothing in it is nothing said', async () => {
  const { w, device } = await session(async () => EMPTY);
  expect((await device.syncNow()).outbox).toBeUndefined();
  expect(w.texts('submitted')).toEqual([]);
});

test('a trigger that finds nothing new sends what waits; one while off does not', async () => {
  const { w, device } = await session(async () => MIXED);
  w.server.answer = () => ({ do: 'nothing', request: 'r1' });
  w.sms(w.trigger());
  await w.sessions(1);
  expect(w.journal).toContain('submit');
  expect(w.journal).not.toContain('synchronise');
  expect(device.status().sessions.at(-1)).toMatchObject({ result: 'nothing', outbox: { sent: 2 } });

  w.journal.length = 0;
  w.server.answer = () => syncRequest('r2', 5);
  w.server.settings = { on: false, intervalSeconds: 600, revision: 1, seen: 0 };
  w.sms(w.trigger());
  await w.sessions(2);
  expect(w.journal).not.toContain('submit');
});

test.each([
  ['that throws', async () => Promise.reject(new Error('the disk is gone')), 'the disk is gone'],
  ['that hangs', untilAborted, 'the Outbox: no answer within 150 s'],
])('an Outbox %s does not keep mail from coming', async (_how, outbox, reason) => {
  const { w, device } = await session(outbox);
  const running = device.syncNow();
  await w.until(() => w.journal.includes('submit'));
  await w.clock.advance(151_000);
  const record = await running;
  expect(record).toMatchObject({ result: 'ok', fetched: 1 });
  expect(record.outbox?.said.join()).toContain(reason);
});

function untilAborted(_link: unknown, signal: AbortSignal): Promise<OutboxResult> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ ...EMPTY, left: 1, error: signal.reason as Error }));
  });
}
