import { expect, test } from 'vitest';
import { GatewayError } from '../../../src/server/gateways/errors.ts';
import type { Rung } from '../../../src/server/message/policy.ts';
import { HOUR, MINUTE, Network, Office } from '../../support/message-office.ts';

const LADDER = [{ waitMs: 90_000 }, { waitMs: 5 * MINUTE }, { waitMs: HOUR }] as const;

test('without a report the server retries up the ladder, each time with a new counter and the same request', async () => {
  const office = await Office.open({ policy: { ladder: [...LADDER] } });
  const start = office.clock.now();
  await office.arrive(5);
  await office.clock.advance(66 * MINUTE);
  const minutes = office.network.texts.map(({ at }) => (at - start) / MINUTE);
  expect(minutes).toEqual([0, 1.5, 6.5]);
  const { counters } = office.network;
  expect(counters).toEqual([...counters].sort((one, other) => one - other));
  expect(new Set(counters).size).toBe(3);
  expect(new Set(office.syncRequests.map(({ request }) => request)).size).toBe(1);
  expect(office.named('retry')).toHaveLength(2);
});

test('a report stops the ladder, and the next mail starts at its first rung', async () => {
  const office = await Office.open({ policy: { ladder: [...LADDER], defaultIntervalSeconds: 0 } });
  await office.arrive(5);
  await office.clock.advance(2 * MINUTE);
  await office.session(5);
  await office.clock.advance(5 * HOUR);
  expect(office.network.texts).toHaveLength(2);
  await office.arrive(6);
  await office.clock.advance(90_000);
  expect(office.network.texts).toHaveLength(4);
});

test('at most one trigger is outstanding: mail that comes meanwhile sends none, and the session takes it along', async () => {
  const office = await Office.open();
  await office.arrive(5);
  await office.arrive(6);
  await office.arrive(7);
  expect(office.network.texts).toHaveLength(1);
  expect(await office.hello('sms')).toMatchObject({ targets: [{ uidnext: 7 }], hint: { count: 3 } });
});

test('a device that said hello has its time before the ladder goes on', async () => {
  const office = await Office.open({ policy: { ladder: [...LADDER], sessionMs: 10 * MINUTE } });
  await office.arrive(5);
  await office.clock.advance(80_000);
  await office.hello('sms');
  await office.clock.advance(10 * MINUTE - 1000);
  expect(office.network.texts).toHaveLength(1);
  await office.clock.advance(1000);
  expect(office.network.texts).toHaveLength(2);
});

test('a rung may name another kind, and each attempt goes to the preferred gateway first', async () => {
  const ladder = [{ waitMs: MINUTE }, { waitMs: MINUTE, trigger: 'call' as const }] as const;
  const spare: Network[] = [];
  const office = await Office.open({ policy: { ladder: [...ladder] } }, (built) => {
    spare.push(new Network('spare', built.clock));
    return [built.network, ...spare];
  });
  office.network.before = async () => {
    throw new Error('no registration');
  };
  await office.arrive(5);
  await office.clock.advance(MINUTE);
  expect(spare[0]?.texts).toHaveLength(1);
  expect(spare[0]?.calls).toHaveLength(1);
});

test('budgets hold per hour and per day, and what is over them waits', async () => {
  const ladder = Array.from({ length: 60 }, () => ({ waitMs: MINUTE })) as [Rung, ...Rung[]];
  const office = await Office.open({ policy: { ladder, perHour: 3, perDay: 5 } });
  await office.arrive(5);
  await office.clock.advance(59 * MINUTE);
  expect(office.network.texts).toHaveLength(3);
  await office.clock.advance(5 * HOUR);
  expect(office.network.texts).toHaveLength(5);
  await office.clock.advance(19 * HOUR);
  expect(office.network.texts.length).toBeGreaterThan(5);
  for (const { at } of office.network.texts) {
    const inWindow = (window: number) =>
      office.network.texts.filter((one) => one.at > at - window && one.at <= at);
    expect(inWindow(HOUR).length).toBeLessThanOrEqual(3);
    expect(inWindow(24 * HOUR).length).toBeLessThanOrEqual(5);
  }
});

test('when no gateway can send, the same rung comes again soon, longer each time, and costs no budget', async () => {
  const office = await Office.open({ policy: { perHour: 2, perDay: 2, gatewayRetryMs: MINUTE } });
  let failing = true;
  let tries = 0;
  office.network.before = async () => {
    tries += 1;
    if (failing) throw new Error('no registration');
  };
  await office.arrive(5);
  await office.clock.advance(10 * MINUTE);
  expect(tries).toBe(4); // 0, 1, 3 and 7 minutes
  failing = false;
  await office.clock.advance(5 * MINUTE);
  expect(office.network.texts).toHaveLength(1);
  await office.clock.advance(90_000);
  expect(office.network.texts).toHaveLength(2);
});

test('a gateway that never answers runs into its deadline, and the event of another mail is taken meanwhile', async () => {
  const office = await Office.open({ policy: { gatewayDeadlineMs: MINUTE } });
  office.network.before = () => new Promise(() => {});
  await office.arrive(5);
  const { event } = await office.arrive(6);
  expect(office.acks).toContainEqual({ event });
  office.network.before = async () => {};
  await office.clock.advance(3 * MINUTE);
  expect(office.network.texts).toHaveLength(1);
});

test('a session that reaches nothing of what is owed goes up the ladder instead of round at the interval', async () => {
  const office = await Office.open({
    policy: { ladder: [...LADDER], defaultIntervalSeconds: 60, perHour: 1000 },
  });
  await office.arrive(5);
  for (let minute = 0; minute < 120; minute += 1) {
    if (office.network.texts.length > (office.files.lines('/state/sessions.jsonl').length ?? 0)) {
      await office.hello('sms');
      await office.report(undefined, { result: 'partial', reason: 'consent needed' });
    }
    await office.clock.advance(MINUTE);
  }
  expect(office.network.texts.length).toBeLessThanOrEqual(5);
  // New mail is a new reason.
  const before = office.network.texts.length;
  await office.arrive(3, { mailbox: 'Lists' });
  await office.clock.advance(MINUTE);
  expect(office.network.texts).toHaveLength(before + 1);
});

test('a failed report is no synchronisation: the ladder goes on and the interval does not start', async () => {
  const office = await Office.open({ policy: { ladder: [...LADDER], defaultIntervalSeconds: 0 } });
  await office.arrive(5);
  await office.hello('sms');
  await office.report(undefined, { result: 'failed', reason: 'the mail server is down' });
  expect((await office.server.status('cabin-1')).lastSync).toBeNull();
  await office.clock.advance(90_000);
  expect(office.network.texts).toHaveLength(2);
});

test('what no gateway will ever send is tried again after an hour and more, not every minute', async () => {
  const office = await Office.open({ policy: { gatewayRetryMs: MINUTE } });
  const tries: number[] = [];
  const start = office.clock.now();
  office.network.before = async () => {
    tries.push((office.clock.now() - start) / HOUR);
    throw new GatewayError('+CMS ERROR: 28', { code: 'bad-number', surely: true });
  };
  await office.arrive(5);
  await office.clock.advance(60 * HOUR);
  expect(tries).toEqual([0, 1, 3, 7, 15, 31, 55]);
});

test('off, or the device itself, while a gateway takes its time: no other gateway is asked', async () => {
  for (const event of ['off', 'hello'] as const) {
    const spare: Network[] = [];
    const office = await Office.open({ policy: { gatewayDeadlineMs: MINUTE } }, (built) => {
      spare.push(new Network('spare', built.clock));
      return [built.network, ...spare];
    });
    office.network.before = () => new Promise(() => {});
    await office.arrive(5);
    if (event === 'off') await office.server.setSettings('cabin-1', { on: false });
    else await office.hello('poll');
    await office.clock.advance(3 * MINUTE);
    expect(spare[0]?.texts, event).toEqual([]);
  }
});

test('off and on while a gateway takes its time is no second trigger beside the first', async () => {
  const office = await Office.open({ policy: { gatewayDeadlineMs: 10 * MINUTE } });
  let [now, most] = [0, 0];
  office.network.before = async () => {
    now += 1;
    most = Math.max(most, now);
    await office.clock.sleep(MINUTE);
    now -= 1;
  };
  await office.arrive(5);
  for (const on of [false, true]) await office.server.setSettings('cabin-1', { on });
  await office.clock.advance(90_000);
  expect([most, office.network.texts.length]).toEqual([1, 1]);
  await office.clock.advance(MINUTE);
  expect(office.network.texts).toHaveLength(2);
});

test('a disk that is full when a retry is due, or in the middle of an event, forgets nothing', async () => {
  const office = await Office.open({ policy: { ladder: [...LADDER] } });
  const create = office.files.create.bind(office.files);
  let room = 1;
  const full = async (path: string) => {
    if (room <= 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    room -= 1;
    return create(path);
  };
  office.files.create = full;
  const trigger = await office.arrive(5);
  expect(office.network.texts).toEqual([]);
  office.files.create = create;
  await office.arrive(5, trigger);
  expect(office.network.texts).toHaveLength(1);
  office.files.create = full;
  await office.clock.advance(5 * MINUTE);
  office.files.create = create;
  await office.clock.advance(2 * MINUTE);
  expect(office.network.texts).toHaveLength(2);
});

test('a gateway that says when it wants to be asked again is not asked before', async () => {
  const office = await Office.open({ policy: { gatewayRetryMs: MINUTE } });
  const tries: number[] = [];
  const start = office.clock.now();
  office.network.before = async () => {
    tries.push((office.clock.now() - start) / MINUTE);
    const fields = { retryAfterMs: 40 * MINUTE };
    throw new GatewayError('429', { code: 'throttled', temporary: true, surely: true, fields });
  };
  await office.arrive(5);
  await office.clock.advance(2 * HOUR);
  expect(tries).toEqual([0, 40, 80, 120]);
});

test('what surely never left costs no budget, also when the device came by itself meanwhile', async () => {
  const office = await Office.open({ policy: { perHour: 1, defaultIntervalSeconds: 0 } });
  office.network.before = async () => {
    await office.clock.sleep(MINUTE);
    throw new GatewayError('503', { code: 'refused', temporary: true, surely: true });
  };
  await office.arrive(5);
  await office.session(5);
  await office.clock.advance(2 * MINUTE);
  office.network.before = async () => {};
  await office.arrive(6);
  expect(office.network.texts).toHaveLength(1);
});
