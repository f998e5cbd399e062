import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Handheld } from '../support/guest/handheld.ts';
import { World } from '../support/guest/world.ts';

const SOCKET = '/run/ringpost/ppp.sock';
/** Names of the steps of a session that an SMS began. */
const SESSION = ['cmti', 'verified', 'data-session', 'request', 'synchronised', 'report', 'closed', 'swept'];

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** Text that does not compress to nothing. */
const text = (bytes: number) =>
  (
    randomBytes(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  )
    .join('\r\n')
    .slice(0, bytes);

/** The next session brings the mail, once, and leaves nothing behind. */
async function comesThrough(device: Handheld, since: number, mail: string): Promise<void> {
  const steps = await device.session(since);
  expect(steps.map(({ name }) => name)).toContain('synchronised');
  expect(await device.holds(mail)).toBe(1);
  await world.nothingLeft();
}

test('one UART, three sessions; routes and resolv.conf stay; 200 kB; an SMS that comes meanwhile is swept', async () => {
  const device = await world.handheld({ user: 'root' });
  const before = await world.mainRoutes();
  const packets = await world.wifiPackets();
  for (const round of [1, 2]) {
    const since = await device.agent.mark();
    const mail = await world.field.send(`Mail ${round}.`);
    const steps = await device.session(since);
    expect(steps.map(({ name }) => name)).toEqual(SESSION);
    expect(await device.holds(mail)).toBe(1);
    await world.nothingLeft();
  }

  const since = await device.agent.mark();
  const mail = await world.field.send(text(200_000));
  await device.received(10_000);
  await world.field.ring();
  expect(await world.mainRoutes()).toBe(before);
  expect(await world.guest.must('ip rule; ip route show table 21072')).toMatch(
    /^21072:\tfrom 10\.64\.64\.2 lookup 21072.*^default dev ppp0/ms,
  );
  const steps = await device.session(since);
  expect(steps.map(({ name }) => name)).toEqual(SESSION);
  expect(steps.at(-1)).toMatchObject({ name: 'swept', fields: { found: 1 } });
  expect(await device.holds(mail)).toBe(1);
  const again = await device.session(since + steps.length);
  expect(again.map(({ name }) => name)).toEqual(['verified', 'data-session', 'request', 'closed', 'swept']);
  await world.nothingLeft();
  expect(await world.wifiPackets()).toBe(packets);
});

test('two ttys, an unprivileged user in the group dip: an SMS is told meanwhile; a cut is seen at once and resumed', async () => {
  const device = await world.handheld({ user: 'field', twoTtys: true });
  const packets = await world.wifiPackets();
  const since = await device.agent.mark();
  const mail = await world.field.send(text(100_000));
  await device.received(10_000);
  await world.field.ring();
  const told = await device.agent.step('verified', since + 2);
  await device.received(40_000);
  const cut = Number(await world.guest.must("pkill -KILL -f 'pppd notty .* 10.64.64.1:' && date +%s%3N"));
  const closed = await device.agent.step('closed', since);
  expect(closed.place).toBeGreaterThan(told.place);
  const [lost] = await device.agent.says(/"time":"([^"]+)"[^\n]*"msg":"data session lost"/);
  expect(Date.parse(lost ?? '') - cut).toBeLessThan(1000);
  // By itself it would be resumed after half a minute.
  await world.field.ring();
  await comesThrough(device, closed.place + 1, mail);
  expect(await world.wifiPackets()).toBe(packets);
});

test('behind a socket, without any right: a session, a killed pppd, another session; nothing is left', async () => {
  await world.field.listenForSessions(SOCKET);
  const device = await world.handheld({ user: 'ringpost', socket: SOCKET });
  const packets = await world.wifiPackets();
  const since = await device.agent.mark();
  const mail = await world.field.send(text(60_000));
  await device.received(10_000);
  await world.guest.must("pkill -KILL -f 'pppd call ringpost'");
  const closed = await device.agent.step('closed', since);
  await world.nothingLeft();
  await world.field.ring();
  await comesThrough(device, closed.place + 1, mail);
  expect(await world.wifiPackets()).toBe(packets);
});
