import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from '../support/guest/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.[Symbol.asyncDispose]());

test('a network that is silent, then has no address, then wants a password: the ladder climbs, and says why', async () => {
  const device = await world.handheld({ user: 'field' });
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
