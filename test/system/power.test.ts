import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { script } from '../modem/power/played-gpio.ts';
import { quickClock } from '../support/quick-clock.ts';
import { temporaryDirectory } from '../support/room.ts';
import { enrol, layOut, type System } from '../support/system.ts';

/** A handheld whose modem is switched by a program, which writes down what it is told. */
async function switched(): Promise<{ system: System; told: () => Promise<string> }> {
  const directory = await temporaryDirectory();
  const program = await script(join(directory, 'power'), `echo "$1" >> '${directory}/told'\n`);
  const system = await layOut({
    deviceClock: quickClock(20),
    device: (table) => ({ ...table, modem: { ...table.modem, power_command: program } }),
  });
  await system.startServer();
  await enrol(system);
  return { system, told: () => readFile(join(directory, 'told'), 'utf8').catch(() => '') };
}

/** Switches the played modem on when the program is told to. */
async function onWhenTold(system: System, told: () => Promise<string>, word: string): Promise<void> {
  await system.until(async () => expect(await told()).toContain(word));
  system.modems.simulated.device.faults.silent = false;
}

test('a modem that is off when the agent starts is switched on once, said in the log, and mail comes', async () => {
  const { system, told } = await switched();
  system.modems.simulated.device.faults.silent = true;
  const since = system.timeline.mark();
  await system.startDevice(false);
  await onWhenTold(system, told, 'on');
  await system.timeline.expect('listening', { since });
  await system.arrives(await system.send('After power'));
  expect(await told()).toBe('on\n');
  expect(system.logged('device').map(({ msg }) => msg)).toContain(
    'the modem does not answer: it is switched on',
  );
});

test('a modem that goes silent later and needs its power cycled: told once, and mail comes afterwards', async () => {
  const { system, told } = await switched();
  await system.startDevice();
  expect(await told()).toBe('');
  system.modems.simulated.device.faults.silent = true;
  const since = system.timeline.mark();
  void system.device.syncNow().catch(() => {});
  await onWhenTold(system, told, 'cycle');
  await system.timeline.expect('listening', { since });
  await system.arrives(await system.send('After the cycle'));
  expect(await told()).toBe('on\ncycle\n');
});
