import { expect, test } from 'vitest';
import { createLog, silentLog } from '../../../src/base/log.ts';
import { SimulatedClock } from '../../../src/base/simulated-clock.ts';
import { gateway as gatewayConfig } from '../../../src/cli/config/server/gateways.ts';
import { cappedGateway } from '../../../src/server/gateways/capped-gateway.ts';
import { GatewayError } from '../../../src/server/gateways/errors.ts';
import type { SmsGateway } from '../../../src/server/gateways/gateway.ts';
import { MemoryFiles } from '../../support/memory-files.ts';
import { HOUR, MINUTE, Network, NUMBER, Office } from '../../support/message-office.ts';

const DAY = 24 * HOUR;
const never = new AbortController().signal;

class Till {
  readonly clock: SimulatedClock;
  readonly network: Network;
  files = new MemoryFiles();
  readonly logged: Record<string, unknown>[] = [];
  readonly #caps;
  readonly #log = createLog('info', { write: (line: string) => this.logged.push(JSON.parse(line)) });

  constructor(caps: { cost: number; perDay?: number; perMonth?: number }, start = Date.UTC(2026, 0, 30, 22)) {
    this.clock = new SimulatedClock(start);
    this.network = new Network('api', this.clock);
    this.#caps = caps;
  }

  open(clock = this.clock): Promise<SmsGateway> {
    const { files } = this;
    return cappedGateway(this.network, this.#caps, { state: '/state/api', clock, files, log: this.#log });
  }

  ledger(): unknown {
    return this.files.json('/state/api/ledger.json');
  }
}

async function send(gateway: SmsGateway): Promise<string> {
  return (
    gateway.sendSms?.(NUMBER, 'RP1', never).then(
      () => 'sent',
      (error: GatewayError) => error.code,
    ) ?? 'no SMS'
  );
}

test('a day costs its cap and no more, over restarts, and the next day is free again', async () => {
  const till = new Till({ cost: 0.1, perDay: 0.3 });
  for (const outcome of ['sent', 'sent', 'sent', 'over-cap', 'over-cap']) {
    expect(await send(await till.open())).toBe(outcome);
  }
  await till.clock.advance(2 * HOUR);
  expect(await send(await till.open())).toBe('sent');
  expect(till.network.texts).toHaveLength(4);
  expect(till.ledger()).toEqual({ day: '2026-01-31', spentToday: 100_000, spentThisMonth: 400_000 });
});

test('a month costs its cap, the error says until when, and the log is told once a day', async () => {
  const till = new Till({ cost: 1, perDay: 2, perMonth: 3 });
  const gateway = await till.open();
  for (const outcome of ['sent', 'sent', 'over-cap', 'over-cap']) expect(await send(gateway)).toBe(outcome);
  await till.clock.advance(12 * HOUR);
  expect(await send(gateway)).toBe('sent');
  const february = { code: 'over-cap', temporary: true, surely: true, freeAt: Date.UTC(2026, 1, 1) };
  for (let time = 0; time < 3; time += 1) {
    await expect(gateway.sendSms?.(NUMBER, 'RP1', never)).rejects.toMatchObject(february);
  }
  expect(till.logged.map(({ level, cap, until }) => [level, cap, until])).toEqual([
    [50, '2 a day', '2026-01-31T00:00:00.000Z'],
    [50, '3 a month', '2026-02-01T00:00:00.000Z'],
  ]);
  await till.clock.advance(DAY);
  expect(await send(gateway)).toBe('sent');
});

test('it is written down before anything is sent, and taken back only when surely nothing left', async () => {
  const till = new Till({ cost: 0.08, perDay: 0.2 });
  const gateway = await till.open();
  const spent = () => (till.ledger() as { spentToday: number }).spentToday;
  const fail = (surely: boolean) => async () => {
    expect(spent()).toBeGreaterThan(0);
    throw new GatewayError('refused', { code: 'refused', surely });
  };
  till.network.before = fail(true);
  expect(await send(gateway)).toBe('refused');
  expect(spent()).toBe(0);
  till.network.before = fail(false);
  expect(await send(gateway)).toBe('refused');
  expect(spent()).toBe(80_000);
  till.network.before = async () => {};
  till.network.outcome = 'refused';
  expect(await gateway.ring?.(NUMBER, never)).toBe('refused');
  expect(spent()).toBe(80_000);
  till.network.outcome = 'answered';
  await gateway.ring?.(NUMBER, never);
  expect(spent()).toBe(160_000);
});

test('a clock that was set back keeps what was spent, and one that was ahead does not close it for ever', async () => {
  const till = new Till({ cost: 1, perDay: 1 }, Date.UTC(2036, 0, 1));
  expect(await send(await till.open())).toBe('sent');
  const back = new SimulatedClock(Date.UTC(2026, 0, 1));
  const gateway = await till.open(back);
  expect(await send(gateway)).toBe('over-cap');
  await back.advance(DAY);
  expect(await send(gateway)).toBe('sent');
});

test('a gateway over its cap is passed over; when all are, the trigger waits for them without asking every minute', async () => {
  const start = Date.UTC(2026, 0, 1, 6);
  const clock = new SimulatedClock(start);
  const [cheap, dear] = [new Network('cheap', clock), new Network('dear', clock)];
  const around = (name: string) => ({
    state: `/state/${name}`,
    clock,
    files: new MemoryFiles(),
    log: silentLog,
  });
  const gateways = [
    await cappedGateway(cheap, { cost: 1, perDay: 1 }, around('cheap')),
    await cappedGateway(dear, { cost: 1, perDay: 2 }, around('dear')),
  ];
  let asked = 0;
  const counting: SmsGateway[] = gateways.map(({ name, sendSms }) => ({
    name,
    sendSms: (number, text, signal) => {
      asked += 1;
      return sendSms?.(number, text, signal) ?? Promise.reject(new Error('no SMS'));
    },
  }));
  const office = await Office.open(
    { clock, policy: { defaultIntervalSeconds: 0, perHour: 99 } },
    () => counting,
  );
  for (let mail = 5; mail < 8; mail += 1) {
    await office.arrive(mail);
    await office.session(mail);
  }
  expect([cheap.texts.length, dear.texts.length]).toEqual([1, 2]);
  asked = 0;
  await office.arrive(8);
  await clock.advance(17 * HOUR);
  expect([cheap.texts.length, dear.texts.length, asked]).toEqual([1, 2, 2]);
  await clock.advance(HOUR + MINUTE);
  expect(cheap.texts).toHaveLength(2);
  expect(office.files.json('/state/devices/cabin-1.json')).toMatchObject({ outstanding: { attempt: 0 } });
});

test('a cap without a cost, or less than one text, is refused in the configuration', () => {
  const modem = { kind: 'modem', name: 'api', modem: { port: '/dev/ttyS0' } };
  const fits = (more: object) => gatewayConfig.safeParse({ ...modem, ...more }).success;
  expect(fits({ cost: 0.08, cap_per_day: 5, cap_per_month: 50 })).toBe(true);
  expect(fits({ cap_per_day: 5 })).toBe(false);
  expect(fits({ cost: 6, cap_per_day: 5 })).toBe(false);
  expect(fits({ cost: -1 })).toBe(false);
});
