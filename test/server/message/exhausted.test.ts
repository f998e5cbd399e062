import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { HOUR, MINUTE, Office } from '../../support/message-office.ts';

const DAY = 24 * HOUR;
const policy = {
  ladder: [{ waitMs: MINUTE }, { waitMs: 2 * HOUR }] as [{ waitMs: number }, { waitMs: number }],
  defaultIntervalSeconds: 0,
};

/** Rung up the whole ladder; nobody answered. */
async function exhausted(): Promise<Office> {
  const office = await Office.open({ policy });
  await office.arrive(5);
  await office.clock.advance(3 * HOUR);
  expect(office.network.texts).toHaveLength(2);
  return office;
}

test('when the ladder is over the server rings no more, says so once, and keeps what it owes', async () => {
  const office = await exhausted();
  await office.clock.advance(60 * DAY);
  expect(office.network.texts).toHaveLength(2);
  expect(office.named('gave-up')).toHaveLength(1);
  const status = await office.server.status('cabin-1');
  expect(status).toMatchObject({ gaveUp: true, awaitsReport: false, owed: [{ uidnext: 5 }] });
  const next = await office.crash();
  await next.clock.advance(DAY);
  expect([next.network.texts, next.named('gave-up')]).toEqual([[], []]);
  expect(await next.hello('poll')).toMatchObject({ do: 'sync', targets: [{ uidnext: 5 }] });
});

test('after the end of the ladder, new mail is worth one attempt per time of the last rung, over a restart too', async () => {
  let office = await exhausted();
  const start = office.clock.now();
  const at: number[] = [];
  for (let mail = 6; mail < 54; mail += 1) {
    const before = office.network.texts.length;
    await office.arrive(mail);
    await office.clock.advance(10 * MINUTE);
    at.push(...office.network.texts.slice(before).map((text) => (text.at - start) / HOUR));
    if (mail % 10 === 0) office = await office.crash();
  }
  // Eight hours with a mail every ten minutes.
  expect(at).toEqual([0, 2, 4, 6]);
});

test('a device that comes ends it: the next mail starts at the first rung', async () => {
  const office = await exhausted();
  await office.session(5);
  expect((await office.server.status('cabin-1')).gaveUp).toBe(false);
  await office.arrive(6);
  await office.clock.advance(MINUTE);
  expect(office.network.texts).toHaveLength(4);
});

test('a hello after the end of the ladder starts it anew, also when its session comes to nothing', async () => {
  const office = await exhausted();
  await office.hello('poll');
  await office.clock.advance(20 * MINUTE);
  expect(office.network.texts).toHaveLength(4);
});

test('sessions without a report at the last rung do not buy a trigger for each mail', async () => {
  const office = await Office.open({ policy });
  await office.arrive(5);
  await office.clock.advance(2 * MINUTE);
  await office.hello('sms');
  await office.clock.advance(11 * MINUTE);
  expect((await office.server.status('cabin-1')).gaveUp).toBe(true);
  const before = office.network.texts.length;
  for (let mail = 6; mail < 12; mail += 1) {
    await office.arrive(mail);
    await office.clock.advance(15 * MINUTE);
  }
  expect(office.network.texts).toHaveLength(before);
});

test('a clock that was set back by a day or a year holds up an exhausted device no longer than the last rung', async () => {
  for (const back of [DAY, 365 * DAY]) {
    const office = await exhausted();
    await office.arrive(6);
    const early = new SimulatedClock(office.clock.now() - back);
    const next = await Office.open({ clock: early, files: office.files.copy(), policy: office.policy });
    await next.clock.advance(27 * HOUR);
    await next.arrive(7);
    await next.clock.advance(2 * HOUR);
    expect(next.network.texts.length, `${back / DAY} days`).toBeGreaterThanOrEqual(1);
    expect(next.network.texts.length).toBeLessThanOrEqual(2);
  }
});

test('a state of an earlier version opens, its place on the ladder beyond the end included', async () => {
  const office = await Office.open({ policy });
  await office.arrive(5);
  const path = '/state/devices/cabin-1.json';
  const { sentByDay, ...state } = office.files.json(path) as { sentByDay: unknown; outstanding: object };
  expect(sentByDay).toEqual([]);
  const earlier = { ...state, outstanding: { ...state.outstanding, attempt: 40 } };
  office.files.content.set(path, Buffer.from(JSON.stringify(earlier)));
  const next = await office.crash();
  await next.clock.advance(3 * HOUR);
  expect(next.network.texts).toEqual([]);
  expect(next.named('gave-up')).toHaveLength(1);
});

test('a device that is reached by another number is rung there anew; a new key alone changes nothing', async () => {
  const office = await exhausted();
  const { addressBook } = office;
  const before = addressBook.find('cabin-1');
  if (!before) throw new Error('no cabin-1');
  await addressBook.add({ ...before, key: { id: 2, secret: 'b6'.repeat(32) } });
  await office.clock.advance(MINUTE);
  expect(office.network.texts).toHaveLength(2);
  await addressBook.add({ ...before, number: '+4915100000077' });
  await office.clock.advance(1000);
  expect(office.network.texts.slice(2)).toMatchObject([{ number: '+4915100000077' }]);
});
