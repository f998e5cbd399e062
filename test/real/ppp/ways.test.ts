import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from '../../support/guest/world.ts';

const SOCKET = '/run/ringpost/ppp.sock';

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
  const again = await device.session(closed.place + 1);
  expect(again.map(({ name }) => name)).toContain('synchronised');
  expect(await device.holds(mail)).toBe(1);
  await world.nothingLeft();
  expect(await world.wifiPackets()).toBe(packets);
});

test('a network that is silent, then has no address, then wants a password: the ladder climbs, and says why', async () => {
  const device = await world.handheld({ user: 'ringpost', socket: SOCKET });
  await world.field.carrier({ silent: true });
  const since = await device.agent.mark();
  const mail = await world.field.send('At last.');
  await device.agent.says(/nobody answered on the data call \(LCP\)/);
  await world.field.carrier({ options: 'noip noipv6' });
  await device.agent.says(/ended the call before it gave an address/);
  await world.field.chapPassword('hush', 'hush');
  await device.session(since);
  expect(await device.holds(mail)).toBe(1);

  await world.field.chapPassword('hush', 'wrong');
  const refused = await device.agent.mark();
  await world.field.send('Never.');
  const failed = await device.agent.step('failed', refused);
  expect(failed.text).toMatch(/refused user and password of the access point/);
  await world.nothingLeft();
});
