import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Gpio } from '../../../src/modem/power/gpio.ts';
import { headerChip, majorOf } from '../../../src/modem/power/gpio-words.ts';
import { ENABLE, KEY, playedGpio, STATUS } from './played-gpio.ts';

const clock = systemClock;

describe.each([1, 2] as const)('the tools of libgpiod %i', (major) => {
  test('a pulse is active for its time, low where the line is', async () => {
    const played = await playedGpio(major);
    const gpio = await Gpio.open({ clock, path: played.path });
    await gpio.pulse({ line: KEY, activeLow: false }, 0.25);
    await gpio.pulse({ line: KEY, activeLow: true }, 1);
    expect(await played.done()).toEqual([`press ${KEY} high 0.25`, `press ${KEY} low 1`]);
  });

  test('a line is read as active or not', async () => {
    const played = await playedGpio(major);
    const gpio = await Gpio.open({ clock, path: played.path });
    expect(await gpio.read({ line: STATUS, activeLow: false })).toBe(false);
    await played.switch(true);
    expect(await gpio.read({ line: STATUS, activeLow: true })).toBe(true);
  });

  test('a held line stays until it is let go of', async () => {
    const played = await playedGpio(major);
    const gpio = await Gpio.open({ clock, path: played.path });
    const held = await gpio.hold({ line: ENABLE, activeLow: false }, true);
    onTestFinished(() => held[Symbol.asyncDispose]());
    expect(await played.done()).toEqual([`hold ${ENABLE}=1`]);
    await held[Symbol.asyncDispose]();
    expect(await held.ended).toBeUndefined();
    expect(await played.done()).toEqual([`hold ${ENABLE}=1`, `free ${ENABLE}`]);
  });

  test('the end of the program that holds a line is told', async () => {
    const played = await playedGpio(major);
    const gpio = await Gpio.open({ clock, path: played.path });
    const held = await gpio.hold({ line: ENABLE, activeLow: false }, true);
    await played.killHolder();
    expect((await held.ended)?.message).toMatch(/gpioset .*26=1: /);
  });

  test('a line that another program has: what was tried and what gpioset says', async () => {
    const played = await playedGpio(major);
    const gpio = await Gpio.open({ clock, path: played.path });
    await writeFile(join(played.directory, 'busy'), '');
    const attempt = gpio.hold({ line: ENABLE, activeLow: false }, true);
    await expect(attempt).rejects.toMatchObject({ code: 'power-failed', fields: { exitCode: 1 } });
    await expect(attempt).rejects.toThrow(/gpioset .*gpiochip7.* 26=1: exit code 1 \(.*busy\)/);
  });
});

test('the chip of the header is chosen by its label, whatever its number', () => {
  expect(
    headerChip('gpiochip0 [pinctrl-bcm2711] (58 lines)\ngpiochip1 [raspberrypi-exp-gpio] (8 lines)'),
  ).toBe('gpiochip0');
  expect(
    headerChip('gpiochip0 [gpio-brcmstb@107d508500] (32 lines)\ngpiochip4 [pinctrl-rp1] (54 lines)'),
  ).toBe('gpiochip4');
  expect(headerChip('gpiochip0 [INT3450:00] (463 lines)')).toBeUndefined();
});

test('the version is read from what gpioset says', () => {
  expect(majorOf('gpioset (libgpiod) v1.6.3\nCopyright (C) 2017-2018 Bartosz Golaszewski')).toBe(1);
  expect(majorOf('gpioset (libgpiod) v2.2.1')).toBe(2);
  expect(majorOf('gpioset (libgpiod) v3.0')).toBeUndefined();
});

test('no such chip, and no tools: each said by name', async () => {
  const { path } = await playedGpio(2, 'gpiochip0 [INT3450:00] (463 lines)\n');
  await expect(Gpio.open({ clock, path })).rejects.toThrow(/gpiodetect: .*header: gpiochip0 \[INT3450:00\]/);
  await expect(Gpio.open({ clock, path: '/nowhere' })).rejects.toMatchObject({
    code: 'power-missing',
    fields: { program: 'gpioset' },
  });
});
