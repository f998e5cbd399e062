import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import type { BoardPowerData } from '../../../src/modem/board.ts';
import { boardPower } from '../../../src/modem/power/board-power.ts';
import { Gpio } from '../../../src/modem/power/gpio.ts';
import { quickClock } from '../../support/quick-clock.ts';
import { ENABLE, KEY, playedGpio, RESET, STATUS } from './played-gpio.ts';

const KEY_LINE = { line: KEY, activeLow: false, onSeconds: 0.1, offSeconds: 0.3 } as const;
const STATUS_LINE = { line: STATUS, activeLow: false } as const;
const NOTHING: BoardPowerData = { key: null, enable: null, reset: null, status: null, bootSeconds: 2 };
const PRESS_ON = `press ${KEY} high 0.1`;
const PRESS_OFF = `press ${KEY} high 0.3`;

const { signal } = new AbortController();

/** A board with a played modem that answers while it is on, unless it hangs. */
async function room(part: Partial<BoardPowerData>, major: 1 | 2 = 2) {
  const played = await playedGpio(major);
  const clock = quickClock(4);
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const openGpio = (over: AbortSignal) => Gpio.open({ clock, path: played.path }, over);
  const power = boardPower({ board: { ...NOTHING, ...part }, openGpio, clock, log });
  onTestFinished(() => Promise.resolve(power[Symbol.asyncDispose]()));
  const hangs = join(played.directory, 'hangs');
  const answers = async () =>
    (await played.isOn()) && (await readFile(hangs).catch(() => undefined)) === undefined;
  return { played, clock, power, answers, lines, hang: () => writeFile(hangs, ''), unhang: () => rm(hangs) };
}

describe.each([1, 2] as const)('with libgpiod %i', (major) => {
  test('on: a modem that is off is switched on by one press', async () => {
    const { power, played, answers } = await room({ key: KEY_LINE }, major);
    await power.on(answers, signal);
    expect(await played.done()).toEqual([PRESS_ON]);
    expect(await played.isOn()).toBe(true);
  });

  test('cycle: a modem that is on is switched off by the long press, then on', async () => {
    const { power, played, answers } = await room({ key: KEY_LINE, status: STATUS_LINE }, major);
    await played.switch(true);
    await power.cycle(answers, signal);
    expect(await played.done()).toEqual([PRESS_OFF, PRESS_ON]);
    expect(await played.isOn()).toBe(true);
  });

  test('power that is enabled is held until the agent ends, and taken away in between to cycle', async () => {
    const { power, played, answers } = await room({ enable: { line: ENABLE, activeLow: false } }, major);
    await power.on(answers, signal);
    expect(await played.done()).toEqual([`hold ${ENABLE}=1`]);
    await power.cycle(answers, signal);
    const cycled = [`free ${ENABLE}`, `hold ${ENABLE}=0`, `free ${ENABLE}`, `hold ${ENABLE}=1`];
    expect(await played.done()).toEqual([`hold ${ENABLE}=1`, ...cycled]);
    await power[Symbol.asyncDispose]();
    expect((await played.done()).at(-1)).toBe(`free ${ENABLE}`);
  });
});

test('on: a modem that answers is never pressed', async () => {
  const { power, played, answers } = await room({ key: KEY_LINE });
  await played.switch(true);
  await power.on(answers, signal);
  expect(await played.done()).toEqual([]);
});

test('on: a modem that still boots when the agent starts is waited for, not pressed', async () => {
  const { power, played, answers, clock } = await room({ key: KEY_LINE });
  const on = power.on(answers, signal);
  await clock.sleep(800);
  await played.switch(true);
  await on;
  expect(await played.done()).toEqual([]);
});

test('on: a modem that is on by its status line and says nothing is not pressed', async () => {
  const { power, played, answers, hang } = await room({ key: KEY_LINE, status: STATUS_LINE });
  await played.switch(true);
  await hang();
  await power.on(answers, signal);
  expect(await played.done()).toEqual([]);
});

test('cycle: without a status line, one that hung was switched off by the first press: it is pressed again', async () => {
  const { power, played, answers, hang, unhang, clock } = await room({ key: KEY_LINE });
  await played.switch(true);
  await hang();
  const cycling = power.cycle(answers, signal);
  while ((await played.done()).length === 0) await clock.sleep(50);
  await unhang();
  await cycling;
  expect(await played.done()).toEqual([PRESS_ON, PRESS_ON]);
  expect(await played.isOn()).toBe(true);
});

test('cycle: a modem that cannot be switched off is reset by its line', async () => {
  const reset = { line: RESET, activeLow: true, seconds: 0.5 };
  const { power, played } = await room({ reset });
  await power.cycle(async () => false, signal);
  expect(await played.done()).toEqual([`press ${RESET} low 0.5`]);
});

test('power is held for a modem that is on already, once', async () => {
  const { power, played } = await room({ enable: { line: ENABLE, activeLow: false } });
  await played.switch(true);
  await power.hold(signal);
  await power.hold(signal);
  expect(await played.done()).toEqual([`hold ${ENABLE}=1`]);
});

test('the end of what holds the power is logged, and it is held again when the modem is switched on next', async () => {
  const { power, played, answers, lines } = await room({ enable: { line: ENABLE, activeLow: false } });
  await power.on(answers, signal);
  await played.killHolder();
  await expect.poll(() => lines.join(), { timeout: 5000 }).toMatch(/not held any more/);
  await played.switch(false);
  await power.on(answers, signal);
  expect((await played.done()).filter((one) => one === `hold ${ENABLE}=1`)).toHaveLength(2);
});
