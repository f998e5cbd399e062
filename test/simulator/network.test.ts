import { expect, test } from 'vitest';
import { parseDeliver } from '../../src/simulator/tpdu/tpdu.ts';
import { textOf } from '../../src/simulator/tpdu/user-data.ts';
import { ALICE, BOB, bench } from '../support/simulated-terminal.ts';

type Setting = ReturnType<typeof bench>;

async function receive(setting: Setting, texts: readonly string[]): Promise<string[]> {
  const { modem } = await setting.modem({ number: BOB, smsCapacity: 200 });
  for (const text of texts) setting.network.inject({ from: ALICE, to: BOB, text });
  await setting.clock.advance(60_000);
  return modem.stored('SM').map(({ sms }) => textOf(parseDeliver(sms.tpdu)));
}

const HUNDRED = Array.from({ length: 100 }, (_, at) => `message ${at}`);

test('delivers after its latency, not before', async () => {
  const setting = bench({ conditions: { smsLatencyMs: 4000 } });
  const { modem } = await setting.modem();
  setting.network.inject({ from: 'Bank', to: ALICE, text: 'hello' });
  await setting.clock.advance(3999);
  expect(modem.stored('SM')).toEqual([]);
  await setting.clock.advance(1);
  expect(modem.stored('SM')).toHaveLength(1);
  expect(setting.events.map(({ kind, at }) => [kind, at - setting.events[0]!.at])).toEqual([
    ['attached', 0],
    ['sms-submitted', 0],
    ['sms-delivered', 4000],
  ]);
});

test('keeps the order when nothing disturbs it', async () => {
  expect(await receive(bench({ conditions: { smsLatencyMs: 100 } }), HUNDRED)).toEqual(HUNDRED);
});

test('loses the share that it is told to, the same ones for the same seed', async () => {
  const conditions = { smsLoss: 0.3 };
  const first = await receive(bench({ conditions, seed: 7 }), HUNDRED);
  expect(first.length).toBeGreaterThan(50);
  expect(first.length).toBeLessThan(90);
  expect(await receive(bench({ conditions, seed: 7 }), HUNDRED)).toEqual(first);
  expect(await receive(bench({ conditions, seed: 8 }), HUNDRED)).not.toEqual(first);
});

test('duplicates and reorders without losing any', async () => {
  const conditions = { smsLatencyMs: 100, smsDuplication: 0.2, smsReordering: 0.3 };
  const setting = bench({ conditions });
  const received = await receive(setting, HUNDRED);
  expect(received.length).toBeGreaterThan(105);
  expect(new Set(received)).toEqual(new Set(HUNDRED));
  expect(received).not.toEqual([...received].sort((a, b) => HUNDRED.indexOf(a) - HUNDRED.indexOf(b)));
});

test('conditions change while it runs', async () => {
  const setting = bench();
  const { modem } = await setting.modem();
  setting.network.conditions.smsLoss = 1;
  setting.network.inject({ from: 'x', to: ALICE, text: 'lost' });
  setting.network.conditions.smsLoss = 0;
  setting.network.inject({ from: 'x', to: ALICE, text: 'found' });
  await setting.clock.advance(1);
  expect(modem.stored('SM')).toHaveLength(1);
});

test('a PDU is injected as it is, even one that is no message', async () => {
  const setting = bench();
  const { terminal } = await setting.modem();
  setting.network.inject({ to: ALICE, pdu: 'DEADBEEF' });
  await setting.clock.advance(1);
  expect(await terminal.command('AT+CMGL=4')).toContain('+CMGL: 0,0,,4\r\n059199090000DEADBEEF');
  await terminal.command('AT+CMGF=1');
  expect(await terminal.command('AT+CMGL="ALL"')).toContain('+CMGL: 0,"REC READ","",,""\r\nDEADBEEF');
  expect(() => setting.network.inject({ to: ALICE, pdu: 'xyz' })).toThrow(
    expect.objectContaining({ code: 'bad-tpdu' }),
  );
});

test('a number belongs to one modem, until that is gone', async () => {
  const setting = bench();
  const { modem } = await setting.modem();
  await expect(setting.modem()).rejects.toMatchObject({ code: 'number-taken' });
  await modem[Symbol.asyncDispose]();
  await setting.modem();
});
