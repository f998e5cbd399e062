import { expect, test } from 'vitest';
import { quickClock } from '../support/quick-clock.ts';
import { startSystem } from '../support/system.ts';

test('the modem sleeps between sessions; mail and the user wake it, and it sleeps again', async () => {
  const system = await startSystem({ dtr: true, deviceClock: quickClock(20) });
  const { device, server } = system.modems.simulated;
  const asleep = () => system.until(() => expect(device.asleep).toBe(true));
  for (const subject of ['First', 'Second']) {
    await asleep();
    const since = system.timeline.mark();
    await system.arrives(await system.send(subject));
    await system.sessionOver(since);
  }
  await asleep();
  expect(await system.device.syncNow()).toMatchObject({ result: 'ok' });
  await asleep();
  expect(server.asleep).toBe(false);
  expect(system.logged('device').map(({ msg }) => msg)).toContain('the modem sleeps between sessions');
});

test('sleep = false leaves it awake', async () => {
  const system = await startSystem({
    dtr: true,
    deviceClock: quickClock(20),
    device: (table) => ({ ...table, modem: { ...table.modem, sleep: false } }),
  });
  await system.arrives(await system.send('Awake'));
  expect(system.serial.device.all('>')).not.toContain('AT+CSCLK=1');
  expect(system.modems.simulated.device.asleep).toBe(false);
});

test('on a line without DTR mail comes to a modem that stays awake, and the log says why', async () => {
  const system = await startSystem();
  await system.arrives(await system.send('No wire'));
  const said = system.logged('device').filter(({ msg }) => msg === 'the modem stays awake between sessions');
  expect(said).toMatchObject([{ reason: expect.stringContaining('no DTR wire') }]);
});
