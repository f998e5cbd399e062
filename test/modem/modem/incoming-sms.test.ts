import { expect, test } from 'vitest';
import type { Incoming, Sms } from '../../../src/modem/modem.ts';
import { deliver, deliverText, swapped } from '../sms/support.ts';
import { stage } from './support.ts';

const PART_1 = deliverText('Hello, ', { reference: 9, count: 2, part: 1 });
const PART_2 = deliverText('world', { reference: 9, count: 2, part: 2 });
const REPORT = `00062A0D91${swapped('4915112345678')}${'62102030405000'}${'62102030406000'}00`;

function sms(item: Incoming | undefined): Sms {
  if (item?.kind !== 'sms') throw new Error(`no SMS: ${JSON.stringify(item)}`);
  return item;
}

test('+CMTI with index 0: read, handed over, deleted when done', async () => {
  const { played, open, next, run, steps } = await stage();
  const modem = await open();
  played.receive(deliverText('RP1'));
  const message = sms(await next(modem));
  expect(message).toMatchObject({
    from: '+4915112345678',
    text: 'RP1',
    sentAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  expect(message.data).toBeUndefined();
  expect(played.stores.SM).toHaveProperty('size', 1);
  await run(message.done());
  expect(played.commands.slice(-4)).toContain('AT+CMGD=0');
  expect(played.stores.SM).toHaveProperty('size', 0);
  expect(steps).toEqual([
    expect.objectContaining({ name: 'cmti', text: expect.stringContaining('SMS-DELIVER from +49…678') }),
  ]);
});

test('8-bit data with a port', async () => {
  const { played, open, next } = await stage();
  const modem = await open();
  played.receive(deliver({ first: '44', dcs: '04', length: '09', data: '06050415B3000001FF' }));
  expect(sms(await next(modem))).toMatchObject({
    text: '\x01ÿ',
    data: { bytes: Buffer.from([1, 255]), port: 0x15b3 },
  });
});

test('what was stored before is found at the start, in all that the store holds', async () => {
  const { played, open, next } = await stage();
  played.keep(deliverText('first'));
  played.keep(deliverText('ours, sent'), 'SM', 3);
  played.keep(deliverText('second'), 'SM', 1);
  const modem = await open();
  expect(sms(await next(modem)).text).toBe('first');
  expect(sms(await next(modem)).text).toBe('second');
  expect(await next(modem)).toBeUndefined();
});

test('a message is not handed over again while it is being handled, and is after a restart', async () => {
  const { played, open, next, run } = await stage();
  const modem = await open();
  const index = played.receive(deliverText('once'));
  expect(sms(await next(modem)).text).toBe('once');
  played.say(`+CMTI: "SM",${index}`);
  expect(await run(modem.sweep())).toBe(0);
  expect(await next(modem)).toBeUndefined();
  await modem[Symbol.asyncDispose]();

  const again = await open();
  expect(sms(await next(again)).text).toBe('once');
});

test('the same text at the same index after it was done is a new message', async () => {
  const { played, open, next, run } = await stage();
  const modem = await open();
  for (let round = 0; round < 2; round += 1) {
    played.receive(deliverText('same'));
    const message = sms(await next(modem));
    await run(message.done());
  }
  expect(played.stores.SM?.size).toBe(0);
});

test('parts in any order, copies too: one message, and done deletes every part', async () => {
  const { played, open, next, run } = await stage();
  const modem = await open();
  played.receive(PART_2);
  played.receive(PART_2);
  expect(await next(modem)).toBeUndefined();
  played.receive(PART_1);
  const message = sms(await next(modem));
  expect(message.text).toBe('Hello, world');
  expect(played.stores.SM?.size).toBe(3);
  await run(message.done());
  expect(played.stores.SM?.size).toBe(0);
});

test('+CMTI may name another storage, which later sweeps include', async () => {
  const { played, open, next, run } = await stage();
  const modem = await open();
  played.receive(deliverText('in the modem'), 'ME');
  const message = sms(await next(modem));
  await run(message.done());
  expect(played.stores.ME?.size).toBe(0);
  played.keep(deliverText('unannounced'), 'ME');
  played.keep(deliverText('also'), 'SM');
  expect(await run(modem.sweep())).toBe(2);
});

test('a message that cannot be deleted now is deleted by the next sweep, not handed over again', async () => {
  const { played, open, next, run } = await stage();
  const modem = await open();
  played.receive(deliverText('stuck'));
  const message = sms(await next(modem));
  let refusals = 1;
  played.when(/CMGD/, () => (refusals-- > 0 ? ['+CMS ERROR: 320'] : undefined));
  await expect(run(message.done())).rejects.toMatchObject({ code: 'cms-error' });
  expect(await run(modem.sweep())).toBe(0);
  expect(await next(modem)).toBeUndefined();
  expect(played.stores.SM?.size).toBe(0);
});

test('a read that fails is made up for by a sweep', async () => {
  const { played, open, next } = await stage();
  const modem = await open();
  let failures = 2;
  played.when(/CMGR|CMGL/, () => (failures-- > 0 ? ['+CMS ERROR: 500'] : undefined));
  played.receive(deliverText('patience'));
  expect(sms(await next(modem, 10_000)).text).toBe('patience');
});

test('status reports are deleted, broken PDUs stay', async () => {
  const { played, open, next, clock } = await stage();
  const modem = await open();
  const at = played.keep(REPORT);
  played.say(`+CDSI: "SM",${at}`);
  await clock.advance(1000);
  expect(played.stores.SM?.size).toBe(0);
  played.receive('0791947106');
  expect(await next(modem)).toBeUndefined();
  expect(played.stores.SM?.size).toBe(1);
});

test('a nearly full store loses the oldest incomplete message first, then what cannot be read', async () => {
  const { played, open, next, clock } = await stage();
  played.capacity = 6;
  played.keep('0791947106');
  const modem = await open();
  for (const reference of [1, 2, 3]) {
    played.receive(deliverText('half', { reference, count: 2, part: 1 }));
    await clock.advance(1000);
  }
  expect(played.stores.SM?.size).toBe(4);
  played.receive(deliverText('half', { reference: 4, count: 2, part: 1 }));
  await clock.advance(1000);
  // Index 1 held part 1 of reference 1.
  expect([...(played.stores.SM?.keys() ?? [])]).toEqual([0, 2, 3, 4]);
  played.receive(deliverText('rest', { reference: 1, count: 2, part: 2 }));
  await clock.advance(1000);
  expect(await next(modem)).toBeUndefined();
  played.receive(deliverText('wanted'));
  expect(sms(await next(modem)).text).toBe('wanted');
});

test('unreadable PDUs go when they alone fill the store', async () => {
  const { played, open, clock } = await stage();
  played.capacity = 3;
  await open();
  for (let count = 0; count < 3; count += 1) {
    played.receive('0791947106');
    await clock.advance(1000);
  }
  expect(played.stores.SM?.size).toBe(1);
});

test('a store full of wanted messages loses none, and a full-store line is a reason to sweep', async () => {
  const { played, open, next, clock } = await stage();
  played.capacity = 3;
  const modem = await open();
  for (const text of ['a', 'b', 'c']) played.keep(deliverText(text));
  played.say('+SMSFULL');
  await clock.advance(1000);
  expect([sms(await next(modem)).text, sms(await next(modem)).text, sms(await next(modem)).text]).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(played.stores.SM?.size).toBe(3);
});

test('what has no room to wait stays in the store and comes once there is room', async () => {
  const { played, open, next, run } = await stage();
  played.capacity = 100;
  for (let count = 0; count < 60; count += 1) played.keep(deliverText(`message ${count}`));
  const modem = await open();
  const texts = new Set<string>();
  for (let message = await next(modem, 5000); message; message = await next(modem, 5000)) {
    texts.add(sms(message).text);
    await run(sms(message).done());
  }
  expect(texts.size).toBe(60);
  expect(played.stores.SM?.size).toBe(0);
});
